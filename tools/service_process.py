"""Runs the simulator as a process. Also has the helpers for starting the real binary that the demo and the tests in tests/e2e share."""

import json
import subprocess
import time
import urllib.error
import urllib.request

START_DEADLINE = 30
STOP_DEADLINE = 60


class Failure(Exception):
    """Says in one line what went wrong."""


class Service:
    """The simulator: a process that can be killed and started again on the same port with the same state."""

    def __init__(self, binary, folder, *arguments):
        self.binary, self.folder, self.arguments = binary, folder, arguments
        self.process = None
        self.url = None

    def start(self):
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        listen = self.url.removeprefix("http://") if self.url else "127.0.0.1:0"
        self.process = start(
            [self.binary, "simulate", "--listen", listen, "--ready-file", ready, *self.arguments],
            self.folder / "simulate.log")
        wait_for(lambda: self.process.poll() is not None or ready.exists(), START_DEADLINE, "the simulator did not start")
        if self.process.poll() is not None:
            raise Failure("the simulator ended at once")
        self.url = json.loads(ready.read_text())["url"]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            text = response.read()
        return json.loads(text) if text else None

    def state(self):
        """None while the service is down."""
        try:
            return self.call("GET", "/_sim/state")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None


def start(command, log):
    """Starts the command in its own session, so that Ctrl-C does not reach it and we choose the order of stopping."""
    with open(log, "ab") as output:
        return subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                start_new_session=True)


def wait_for(condition, seconds, failure):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"{failure} within {seconds} s")
        time.sleep(0.05)


def end(process):
    if process and process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tenant(state, path):
    """The part of the service's state that belongs to one organization, repository or enterprise."""
    return next((one for one in state["tenants"] if one["path"] == path), None)
