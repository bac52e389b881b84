#!/usr/bin/env python3
"""A small runner for GitHub Actions, written from docs/protocol.md alone (sections 9 to 11, D.3 and D.5).

    tests/conformance/small_runner.py --jitconfig TEXT        (or the variable ACTIONS_RUNNER_INPUT_JITCONFIG)

The current directory is the runner's folder. It runs the `script` steps of one job with /bin/sh, prints the lines of the official runner and has
its exit codes. Where the service's answer is not what the description says, it goes on if it can and prints a line that begins with "differs: "
on stderr. Only steps with the condition success() run. Standard library only.
"""

import argparse
import base64
import binascii
import datetime
import json
import os
import pathlib
import platform
import queue
import random
import signal
import socket
import sys
import threading
import time
import urllib.parse
import uuid

import runner_answers
from runner_http import Connection, NoAnswer
from runner_job import Job
from runner_key import Key

VERSION = "2.336.0"
NIL_UUID = "00000000-0000-0000-0000-000000000000"
JIT_VARIABLE = "ACTIONS_RUNNER_INPUT_JITCONFIG"
FILES = (".runner", ".credentials", ".credentials_rsaparams")
MOST_ERRORS = 10
CONFLICT_PAUSE, CONFLICT_PATIENCE = 30, 240
SUCCESS, TERMINATED, RETRYABLE, SESSION_CONFLICT, VERSION_DEPRECATED = 0, 1, 2, 5, 7
TERMINATED_BY_SIGNAL = 143
GONE = "The runner no longer exists on the server. Cleaning up local configuration."


class Ended(Exception):
    """Ends the runner with a line and an exit code."""

    def __init__(self, code, line):
        super().__init__(line)
        self.code = code


def say(line):
    print(line, flush=True)


def differs(what):
    print(f"differs: {what}", file=sys.stderr, flush=True)


def stamp():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")


def pause_after(errors):
    """Seconds to wait after so many failed polls in a row (protocol.md 11.4)."""
    return random.uniform(15, 30) if errors == 1 else random.uniform(30, 60)


def is_true(value):
    return str(value).lower() == "true"


class Configuration:
    """What a JIT configuration says (protocol.md 11.1)."""

    def __init__(self, text):
        try:
            packed = json.loads(base64.b64decode(text, validate=True))
            self.files = {name: base64.b64decode(packed[name], validate=True) for name in FILES}
            self.runner, self.credentials, parameters = (json.loads(self.files[name]) for name in FILES)
            self.key = Key(parameters)
        except (binascii.Error, KeyError, TypeError, ValueError) as error:
            raise Ended(TERMINATED, f"The JIT configuration cannot be read: {type(error).__name__}") from None

    def write(self, folder):
        for name, content in self.files.items():
            (folder / name).touch(mode=0o600)
            (folder / name).write_bytes(content)

    def remove(self, folder):
        for name in (".credentials", ".runner", ".credentials_rsaparams"):
            (folder / name).unlink(missing_ok=True)
            if name != ".credentials_rsaparams":
                say(f"√ Removed {name}")


class Broker:
    """The service as the runner itself sees it, with the runner's own token."""

    def __init__(self, configuration, differs):
        self.configuration, self.differs = configuration, differs
        self.connection = Connection(differs)
        self.url = configuration.runner["ServerUrlV2"]
        self.token = None
        self.session = None

    def call(self, method, url, body=None, expected=(200,), **more):
        """One call; with a new token if the service refuses the one we have."""
        answer = self.connection.call(method, url, body, token=self.token, expected=(*expected, 401), **more)
        if answer.status == 401:
            self.renew_token()
            answer = self.connection.call(method, url, body, token=self.token, expected=expected, **more)
        return answer

    def renew_token(self):
        data = self.configuration.credentials["Data"]
        now = int(time.time())
        claims = {"iss": data["clientId"], "sub": data["clientId"], "aud": data["authorizationUrl"], "jti": str(uuid.uuid4()),
                  "iat": now, "nbf": now, "exp": now + 300}
        algorithm = "PS256" if is_true(data.get("requireFipsCryptography")) else "RS256"
        form = {"grant_type": "client_credentials", "client_assertion": self.configuration.key.assertion(algorithm, claims),
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        answer = self.connection.call("POST", data["authorizationUrl"], form=form, expected=(200, 400, 401))
        if answer.status != 200:
            raise Ended(TERMINATED, "Failed to create a session. The runner registration has been deleted from the server, please re-configure. "
                                    f"({answer.text})")
        runner_answers.check_token(answer.json(), self.differs)
        self.token = answer.json()["access_token"]

    def connect(self):
        runner_answers.check_settings(self.configuration.runner, self.differs)
        self.renew_token()
        server = self.configuration.runner.get("ServerUrl")
        if server and server != self.url:
            answer = self.call("GET", urllib.parse.urljoin(server, "_apis/connectionData"))
            runner_answers.check_connection_data(answer, server, self.differs)

    def open_session(self):
        """None once there is a session, otherwise the answer that refuses it."""
        runner = self.configuration.runner
        body = {"sessionId": NIL_UUID, "ownerName": f"{socket.gethostname()} (PID: {os.getpid()})", "useFipsEncryption": False,
                "agent": {"id": int(runner["AgentId"]), "name": runner["AgentName"], "version": VERSION,
                          "osDescription": platform.platform(), "ephemeral": None, "status": 0, "provisioningState": None}}
        answer = self.call("POST", urllib.parse.urljoin(self.url, "session"), body, expected=(201, 403, 404, 409))
        if answer.status not in (200, 201):
            return answer
        self.session = answer.json()["sessionId"]
        return None

    def close_session(self):
        """The token names the session. After its job an ephemeral runner may be unknown already (protocol.md D.3, item 13)."""
        try:
            self.connection.call("DELETE", urllib.parse.urljoin(self.url, "session"), token=self.token, expected=(204, 401, 404))
        except NoAnswer as error:
            print(f"the session was not ended: {error}", file=sys.stderr)

    def query(self, busy):
        return {"sessionId": self.session, "status": "Busy" if busy else "Online", "runnerVersion": VERSION, "os": "Linux",
                "architecture": "X64" if platform.machine() == "x86_64" else "ARM64"}

    def poll(self, busy):
        query = {**self.query(busy), "disableUpdate": "true"}
        return self.call("GET", urllib.parse.urljoin(self.url, "message"), query=query, expected=(200, 202, 403, 404))

    def acknowledge(self, request_id):
        self.call("POST", urllib.parse.urljoin(self.url, "acknowledge"), {"runnerRequestId": request_id}, query=self.query(True),
                  expected=(200, 202, 204))


class Runner:
    """Waits for events: messages, signals, the end of the job. Other threads poll and run the job."""

    def __init__(self, configuration, folder):
        self.configuration, self.folder = configuration, folder
        self.broker = Broker(configuration, differs)
        self.events = queue.SimpleQueue()
        self.job = None
        self.code = SUCCESS

    def run(self):
        self.receive_signals()
        self.broker.connect()
        say("\n√ Connected to GitHub\n")
        say(f"Current runner version: '{VERSION}'")
        if self.open_session():
            say(f"{stamp()}: Listening for Jobs")
            self.start_thread(self.poll)
            self.work()
            self.broker.close_session()
        return self.code

    def receive_signals(self):
        """Makes signals events. Python calls a handler only when the main thread runs, which a signal just before it waits would not bring about."""
        reading, writing = socket.socketpair()
        writing.setblocking(False)
        self.wakers = reading, writing  # they stay open as long as the runner is there
        signal.set_wakeup_fd(writing.fileno())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)

        def forward():
            while True:
                self.events.put(("signal", reading.recv(1)[0]))

        self.start_thread(forward)

    def start_thread(self, function):
        """The main thread must not wait for a thread that is gone, so it is told of any error there."""
        def run():
            try:
                function()
            except Exception as error:
                self.events.put(("failure", error))

        threading.Thread(target=run, daemon=True).start()

    def open_session(self):
        """False if a signal ended the waiting for another session's end."""
        deadline = time.monotonic() + CONFLICT_PATIENCE
        while refused := self.broker.open_session():
            if refused.status != 409:
                raise Ended(TERMINATED, f"Failed to create a session. {refused.status}: {refused.text}")
            say("A session for this runner already exists.")
            if time.monotonic() > deadline:
                raise Ended(SESSION_CONFLICT, "The session conflict did not end.")
            try:
                _, number = self.events.get(timeout=CONFLICT_PAUSE)
                self.take_signal(number)
                return False
            except queue.Empty:
                pass
        return True

    def take_signal(self, number):
        self.code = SUCCESS if number == signal.SIGINT else TERMINATED_BY_SIGNAL
        if number == signal.SIGINT:
            say("Exiting...")

    def poll(self):
        errors = 0
        while errors < MOST_ERRORS:
            try:
                answer = self.broker.poll(self.job is not None)
            except Ended as ended:
                self.events.put(("ended", ended))
                return
            except NoAnswer:
                answer = None
            if answer is not None and answer.status in (200, 202):
                errors = 0
                if answer.text:
                    self.events.put(("message", answer.json()))
            elif answer is not None and (ended := self.refusal(answer)):
                self.events.put(("ended", ended))
                return
            else:
                errors += 1
                time.sleep(pause_after(errors))
        self.events.put(("ended", Ended(RETRYABLE, f"{MOST_ERRORS} polls failed one after the other.")))

    def refusal(self, answer):
        """How an answer ends the runner, or None if the poll is to be tried again."""
        kind = runner_answers.error_kind(answer, "actions-broker-listener", differs)
        if kind == "RunnerNotFound":
            return Ended(SUCCESS, GONE)
        if kind == "RunnerVersionTooOld":
            asked = os.environ.get("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE") == "1"
            return Ended(VERSION_DEPRECATED if asked else TERMINATED,
                         f"An error occurred: Runner version v{VERSION} is deprecated and cannot receive messages.")
        return Ended(RETRYABLE, f"The session was refused: {answer.text}") if kind else None

    def work(self):
        """Until the job has ended, or there is a reason to end before."""
        while True:
            kind, value = self.events.get()
            if kind == "signal":
                self.take_signal(value)
                if self.job is None:
                    return
                self.job.cancel("failed")
            elif kind == "ended":
                if self.job is None:
                    raise value
                say(str(value))
                self.job.cancel("canceled")
            elif kind == "message":
                self.take_message(value)
            elif kind == "failure":
                raise value
            elif value is not None:
                say(f"{stamp()}: Job {self.job.name} completed with result: {value}")
                return
            else:
                self.job = None  # the job was lost before it began: the official runner waits for the next one

    def take_message(self, message):
        kind, body = message["messageType"], json.loads(message["body"] or "{}")
        if kind == "RunnerJobRequest" and self.job is None:
            runner_answers.check_request(body, differs)
            self.take_job(body)
        elif kind == "JobCancellation" and self.job is not None and body["jobId"] == self.job.id:
            runner_answers.check_cancellation(body, differs)
            self.job.cancel("canceled")
        elif kind == "BrokerMigration":
            self.broker.url = body["brokerBaseUrl"]
        elif kind == "ForceTokenRefresh":
            self.broker.renew_token()

    def take_job(self, request):
        if request["should_acknowledge"]:
            self.broker.acknowledge(request["runner_request_id"])
        body = {"jobMessageId": request["runner_request_id"], "runnerOS": "Linux", "billingOwnerId": request["billing_owner_id"]}
        answer = self.broker.call("POST", urllib.parse.urljoin(request["run_service_url"], "acquirejob"), body, expected=(200, 404, 409, 422))
        if answer.status != 200:
            return  # such a message is skipped (protocol.md 11.4)
        runner_answers.check_job(answer.json(), request, differs)
        self.job = Job(answer.json(), request, self.folder / self.configuration.runner.get("WorkFolder", "_work"), differs)
        say(f"{stamp()}: Running job: {self.job.name}")
        self.start_thread(lambda: self.events.put(("job", self.job.run())))


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    given = os.environ.pop(JIT_VARIABLE, "")
    parser = argparse.ArgumentParser(description="a small runner for GitHub Actions")
    parser.add_argument("--jitconfig", default=given, help=f"the JIT configuration; usually in {JIT_VARIABLE}")
    folder = pathlib.Path.cwd()
    configuration = None
    try:
        configuration = Configuration(parser.parse_args().jitconfig.strip())
        configuration.write(folder)
        if not is_true(configuration.runner.get("UseV2Flow")):
            raise Ended(TERMINATED, "This runner only knows the flow with a broker (UseV2Flow).")
        return Runner(configuration, folder).run()
    except Ended as ended:
        print(ended, file=sys.stdout if str(ended) == GONE else sys.stderr, flush=True)
        return ended.code
    except NoAnswer as error:
        print(f"An error occurred: {error}", file=sys.stderr)
        return RETRYABLE
    finally:
        if configuration:
            configuration.remove(folder)


if __name__ == "__main__":
    sys.exit(main())
