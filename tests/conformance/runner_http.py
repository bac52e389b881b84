"""The small runner's HTTP calls."""

import dataclasses
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request

DEADLINE = 120  # polls have been held for 88 s (protocol.md D.4)


class NoAnswer(Exception):
    """The service could not be reached."""


@dataclasses.dataclass
class Answer:
    status: int
    text: str
    headers: dict

    def json(self):
        return json.loads(self.text)


class Connection:
    def __init__(self, differs):
        self.differs = differs

    def call(self, method, url, body=None, *, token=None, expected=(200,), query=None, form=None, data=None, headers=None):
        """One request: `body` is sent as JSON, `form` as a form, `data` as it is. Another status than the expected ones is a difference."""
        headers = {"User-Agent": "scaleset-small-runner", "Accept": "application/json", **(headers or {})}
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json; charset=utf-8"
        if form is not None:
            data, headers["Content-Type"] = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        target = f"{url}?{urllib.parse.urlencode(query)}" if query else url
        answer = exchange(urllib.request.Request(target, data, headers, method=method))
        if answer.status not in expected:
            path = urllib.parse.urlsplit(url).path
            self.differs(f"{method} {path} is answered {answer.status} instead of {' or '.join(map(str, expected))}: {answer.text[:300]}")
        return answer


def exchange(request):
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE) as response:
            return Answer(response.status, response.read().decode(), dict(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(errors="replace"), dict(error.headers))
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{request.method} {urllib.parse.urlsplit(request.full_url).path}: {error}") from None
