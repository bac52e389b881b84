#!/usr/bin/env python3
"""A runner that was written from docs/protocol.md alone works with the simulator, and the simulator answers as the description says.

    tests/conformance/runner_test.py BINARY [arguments of unittest]
"""

import base64
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

if __name__ == "__main__" and len(sys.argv) > 1:
    os.environ["TEST_SCALESET"] = str(pathlib.Path(sys.argv.pop(1)).resolve())
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import runner_answers  # noqa: E402  (the path is set above)
import small_runner  # noqa: E402
from e2e import MUST_HAPPEN_WITHIN, ORGANIZATION, BINARY, EndToEndTest, end, environment, start, tenant  # noqa: E402
from runner_job import Job  # noqa: E402
from runner_key import SHA256_PREFIX, Key, mask  # noqa: E402

SMALL_RUNNER = HERE / "small_runner.py"
CONFLICT = 4
# The primes of a key that was made for this test.
KEY_P = 0xfdb5a289c72fd4957e08c7fa8573bf7680ec8bd8910a72eb17c2f699d178e3f56ec979f2403f3b67a91880a8c7d7c15e7be0ec028d4f81dbfa808090dc4570af
KEY_Q = 0xe3d6ddf8a40a87390d7071fafd227071f63e32fbf73d20f1d21b35b7fe36160e0526bc2f7fd016093fd8b79acac29c050c1b980dac04bc625fb6c8bde4e05fe1
UNTIL_IT_IS_ENDED = 'trap "echo interrupted; exit 1" INT; touch "{mark}"; while :; do sleep 0.1; done'


class Parts(unittest.TestCase):
    """The runner's own parts, so that the tests with the service cannot pass for a wrong reason."""

    def setUp(self):
        primes = (KEY_P, KEY_Q)
        modulus, private = primes[0] * primes[1], pow(65537, -1, (primes[0] - 1) * (primes[1] - 1))
        numbers = {"modulus": modulus, "exponent": 65537, "d": private}
        self.key = Key({name: base64.b64encode(number.to_bytes(128, "big")).decode() for name, number in numbers.items()})

    def opened(self, algorithm):
        signature = int.from_bytes(self.key.sign(algorithm, b"message"), "big")
        return pow(signature, self.key.exponent, self.key.modulus).to_bytes(128, "big")

    def test_an_rs256_signature_opens_to_its_padding(self):
        digest = hashlib.sha256(b"message").digest()
        self.assertEqual(self.opened("RS256"), b"\x00\x01" + b"\xff" * 74 + b"\x00" + SHA256_PREFIX + digest)

    def test_a_ps256_signature_holds_its_salt(self):
        padded = self.opened("PS256")
        self.assertEqual(padded[-1:], b"\xbc")
        block, digest = padded[:95], padded[95:127]
        clear = bytes(left ^ right for left, right in zip(block, mask(digest, 95)))
        salt = clear[-32:]
        self.assertEqual(clear[1:-32], bytes(61) + b"\x01")
        self.assertEqual(digest, hashlib.sha256(bytes(8) + hashlib.sha256(b"message").digest() + salt).digest())

    def test_a_key_that_is_none_is_refused(self):
        with self.assertRaises(ValueError):
            Key({"modulus": "AQAB", "exponent": "AQAB", "d": "AQAB"})

    def test_polls_that_fail_are_repeated_more_and_more_slowly(self):
        self.assertTrue(15 <= small_runner.pause_after(1) <= 30 <= small_runner.pause_after(2) <= 60)

    def test_what_an_answer_lacks_is_told(self):
        request = {"runner_request_id": "1", "run_service_url": "http://x/run", "billing_owner_id": "1", "should_acknowledge": True, "id": "1"}
        for check, told in ((lambda differs: runner_answers.check_request(request, differs), 2),
                            (lambda differs: runner_answers.check_settings({"AgentId": 1}, differs), 12),
                            (lambda differs: runner_answers.check_token({"access_token": "x", "expires_in": 1, "token_type": "Basic"}, differs), 1),
                            (lambda differs: runner_answers.check_cancellation({"timeout": 300}, differs), 1)):
            differences = []
            check(differences.append)
            self.assertEqual(len(differences), told, differences)

    def test_a_job_without_content_is_told(self):
        differences = []
        runner_answers.check_job({"steps": [{}], "variables": {"x": {"value": 1}}}, {"runner_request_id": "1"}, differences.append)
        for text in ("plan.planId", "contextData has no github", "messageType", "SystemVssConnection", "the variable x", "script"):
            self.assertTrue(any(text in difference for difference in differences), text)


class ServiceTest(EndToEndTest):
    """Starts the service with a scale set, and a listener that takes the jobs."""

    profile = "broker"
    arguments = ()

    def setUp(self):
        super().setUp()
        self.service = self.start_service("--profile", self.profile, *self.arguments)
        self.url = f"{self.service.url}/{ORGANIZATION}"
        self.answer("set", "create", "my-set")
        where = ["--url", self.url, "--token-file", self.token_file]
        listener = start([BINARY, "listen", "--set", "my-set", "--max-runners", "3", *where], self.folder / "listen.log")
        self.addCleanup(lambda: end(listener))

    def events(self, job_id):
        """What the listener was told of a job."""
        lines = [json.loads(line) for line in (self.folder / "listen.log").read_text().splitlines()]
        return [line for line in lines if line.get("job", {}).get("jobId") == job_id]

    def primitive(self, *arguments):
        return self.call(*arguments, "--url", self.url, "--token-file", self.token_file)

    def answer(self, *arguments):
        result = self.primitive(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def jit(self, name="runner-1"):
        return self.answer("jit", "--set", "my-set", "--runner-name", name)["encodedJitConfig"]

    def queue(self, script):
        body = {"tenant": ORGANIZATION, "labels": ["my-set"], "displayName": "build", "script": script}
        return self.service.call("POST", "/_sim/jobs", body)["jobIds"][0]

    def job(self, job_id):
        return next(job for job in tenant(self.service.state(), ORGANIZATION)["jobs"] if job["jobId"] == job_id)

    def wait_for_state(self, job_id, state):
        self.wait_until(lambda: self.job(job_id)["state"] == state, f"the job was not {state}")

    def logs(self, job_id):
        return self.service.call("GET", f"/_sim/jobs/{job_id}/logs")["logs"]


class RunnerTest(ServiceTest):
    """Starts the small runner as a process."""

    def start_runner(self, jit, **extra):
        root = pathlib.Path(tempfile.mkdtemp(prefix="root-", dir=self.folder))
        files = [open(root.with_suffix(suffix), "w") for suffix in (".out", ".err")]
        runner = subprocess.Popen([sys.executable, str(SMALL_RUNNER)], cwd=root, stdin=subprocess.DEVNULL, stdout=files[0], stderr=files[1],
                                  env=environment(ACTIONS_RUNNER_INPUT_JITCONFIG=jit, **extra))
        for file in files:
            file.close()
        self.addCleanup(lambda: end(runner))
        runner.root = root
        return runner

    def wait_for_line(self, runner, text):
        output = runner.root.with_suffix(".out")
        self.wait_until(lambda: text in output.read_text() or runner.poll() is not None, f"the runner did not print {text!r}")
        self.assertIn(text, output.read_text())

    def ended(self, runner, code):
        """What the runner printed until its end, on stdout and on stderr. It has removed its files."""
        try:
            runner.wait(MUST_HAPPEN_WITHIN)
        except subprocess.TimeoutExpired:
            pass  # the comparison below tells what the runner printed
        output, errors = (runner.root.with_suffix(suffix).read_text() for suffix in (".out", ".err"))
        self.assertEqual(runner.returncode, code, output + errors)
        self.assertEqual([path for path in runner.root.iterdir() if path.name != "_work"], [])
        return output, errors

    def output(self, runner, code):
        """What the runner printed until its end. The service must have answered as the description says."""
        output, errors = self.ended(runner, code)
        self.assertEqual(errors, "", output)
        return output

    def assert_name_is_free(self, name):
        self.wait_until(lambda: self.primitive("jit", "--set", "my-set", "--runner-name", name).returncode == 0, "the name was not free again")


class BrokerProfile(RunnerTest):
    def test_a_job_succeeds_and_its_log_is_there(self):
        jit = self.jit()
        self.assertEqual(self.primitive("jit", "--set", "my-set", "--runner-name", "runner-1").returncode, CONFLICT)
        job_id = self.queue("echo said; echo written >&2")
        output = self.output(self.start_runner(jit), 0)
        for line in ("√ Connected to GitHub", "Listening for Jobs", "Running job: build", "Job build completed with result: Succeeded"):
            self.assertIn(line, output)
        self.assertNotIn(small_runner.GONE, output)
        job = self.job(job_id)
        self.assertEqual((job["state"], job["result"], job["runnerName"]), ("completed", "succeeded", "runner-1"))
        logs = self.logs(job_id)
        whole = [log["text"].splitlines() for log in logs if log["kind"] == "job"]
        parts = [log["text"].splitlines() for log in logs if log["kind"] == "step"]
        self.assertEqual([sum(parts, [])], whole)
        self.assertEqual([line.split(" ", 1)[1] for line in parts[1][1:]], ["said", "written"])
        steps = self.service.call("GET", f"/_sim/jobs/{job_id}/logs")["steps"]
        self.assertEqual([(step["number"], step["status"], step["conclusion"]) for step in steps], [(1, 6, 2), (2, 6, 2), (3, 6, 2)])
        self.assert_name_is_free("runner-1")

    def test_a_failing_script_fails_the_job(self):
        job_id = self.queue("echo before; false; echo after")
        self.assertIn("Job build completed with result: Failed", self.output(self.start_runner(self.jit()), 0))
        self.assertEqual((self.job(job_id)["state"], self.job(job_id)["result"]), ("completed", "failed"))
        text = next(log["text"] for log in self.logs(job_id) if log["kind"] == "job")
        self.assertIn(" before\n", text)
        self.assertNotIn(" after\n", text)

    def begin_job(self):
        """A job whose script runs until it is interrupted, and its runner."""
        mark = self.folder / "begun"
        job_id = self.queue(UNTIL_IT_IS_ENDED.format(mark=mark))
        runner = self.start_runner(self.jit())
        self.wait_until(mark.exists, "the script did not begin")
        return job_id, runner

    def test_a_job_is_cancelled(self):
        job_id, runner = self.begin_job()
        self.assertEqual(self.primitive("runner", "remove", "runner-1").returncode, CONFLICT)
        self.service.call("POST", f"/_sim/jobs/{job_id}/cancel")
        self.assertIn("Job build completed with result: Canceled", self.output(runner, 0))
        self.assertEqual((self.job(job_id)["state"], self.job(job_id)["result"]), ("completed", "canceled"))
        self.assertIn(" interrupted\n", next(log["text"] for log in self.logs(job_id) if log["kind"] == "job"))
        self.wait_until(lambda: [event for event in self.events(job_id) if event["event"] == "job_completed"], "the listener was not told")
        completed = self.events(job_id)[-1]
        self.assertEqual((completed["result"], completed["runnerName"]), ("canceled", "runner-1"))
        self.assert_name_is_free("runner-1")

    def test_an_interrupted_runner_fails_its_job(self):
        for number, code in ((signal.SIGINT, 0), (signal.SIGTERM, 143)):
            with self.subTest(signal=number.name):
                (self.folder / "begun").unlink(missing_ok=True)
                job_id, runner = self.begin_job()
                runner.send_signal(number)
                output = self.output(runner, code)
                self.assertEqual("Exiting..." in output, number == signal.SIGINT)
                self.assertIn("Job build completed with result: Canceled", output)
                self.assertEqual((self.job(job_id)["state"], self.job(job_id)["result"]), ("completed", "failed"))
                self.wait_until(lambda: tenant(self.service.state(), ORGANIZATION)["runners"] == [], "the runner was still registered")


class AcquireProfile(BrokerProfile):
    profile = "acquire"


class WithoutAJob(RunnerTest):
    def test_an_idle_runner_is_interrupted(self):
        for number, code in ((signal.SIGINT, 0), (signal.SIGTERM, 143)):
            with self.subTest(signal=number.name):
                runner = self.start_runner(self.jit(number.name))
                self.wait_for_line(runner, "Listening for Jobs")
                runner.send_signal(number)
                self.output(runner, code)

    def test_a_removed_registration_ends_an_idle_runner(self):
        runner = self.start_runner(self.jit())
        self.wait_for_line(runner, "Listening for Jobs")
        self.answer("runner", "remove", "runner-1")
        self.assertIn(small_runner.GONE, self.output(runner, 0))

    def test_an_old_version_is_refused(self):
        self.service.call("PUT", "/_sim/runner-releases", {"minimum": "2.337.0"})
        for code, extra in ((1, {}), (7, {"ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE": "1"})):
            runner = self.start_runner(self.jit(f"runner-{code}"), **extra)
            self.assertEqual(self.ended(runner, code)[1],
                             "An error occurred: Runner version v2.336.0 is deprecated and cannot receive messages.\n")

    def test_a_name_is_in_use_while_its_session_is_open(self):
        jit = self.jit()
        self.wait_for_line(self.start_runner(jit), "Listening for Jobs")
        second = self.start_runner(jit)
        self.wait_for_line(second, "A session for this runner already exists.")
        second.send_signal(signal.SIGINT)
        self.assertEqual(second.wait(MUST_HAPPEN_WITHIN), 0)

    def test_a_deleted_runner_and_an_unreadable_configuration_end_with_1(self):
        jit = self.jit()
        self.answer("runner", "remove", "runner-1")
        for given, text in ((jit, "invalid_client"), ("no JIT configuration", "cannot be read"), ("", "cannot be read")):
            self.assertIn(text, self.ended(self.start_runner(given), 1)[1])


class Answers(ServiceTest):
    """The service's answers to single calls, right and wrong ones."""

    arguments = ("--hold-time", "3", "--runner-redelivery", "1")

    def setUp(self):
        super().setUp()
        self.differences = []
        self.addCleanup(lambda: self.assertEqual(self.differences, []))
        self.broker = self.connect("runner-1")

    def connect(self, name):
        broker = small_runner.Broker(small_runner.Configuration(self.jit(name)), self.differences.append)
        broker.connect()
        self.assertIsNone(broker.open_session())
        return broker

    def request(self, script="true"):
        """Queues a job: its id and the request that the runner gets for it."""
        job_id = self.queue(script)
        return job_id, self.next_request()

    def next_request(self):
        found = []
        self.wait_until(lambda: found or (text := self.broker.poll(False).text) and found.append(json.loads(text)) is None, "no request came")
        self.assertEqual(found[0]["messageType"], "RunnerJobRequest")
        body = json.loads(found[0]["body"])
        runner_answers.check_request(body, self.differences.append)
        return body

    def acquire(self, request, expected=(200,), method="acquirejob", **more):
        body = {"jobMessageId": request["runner_request_id"], "runnerOS": "Linux", "billingOwnerId": request["billing_owner_id"], **more}
        return self.broker.call("POST", request["run_service_url"] + method, body, expected=expected)

    def begin(self):
        job_id, request = self.request()
        self.broker.acknowledge(request["runner_request_id"])
        message = self.acquire(request).json()
        runner_answers.check_job(message, request, self.differences.append)
        return job_id, request, Job(message, request, self.folder, self.differences.append)

    def error_kind(self, answer):
        return runner_answers.error_kind(answer, "actions-broker-listener", self.differences.append)

    def run_service(self, job, method, token, expected, **more):
        return self.broker.connection.call("POST", urllib.parse.urljoin(job.request["run_service_url"], method),
                                           {"planId": job.plan_id, "jobId": job.id, **more}, token=token, expected=expected)

    def test_only_the_jobs_own_token_renews_and_completes(self):
        job_id, _, job = self.begin()
        for method in ("renewjob", "completejob"):
            refused = self.run_service(job, method, self.broker.token, (401,), conclusion="succeeded")
            self.assertIn("Not authorized for this job", refused.text)
        self.assertEqual(self.job(job_id)["state"], "running")
        renewed = self.run_service(job, "renewjob", job.token, (200,))
        self.assertRegex(renewed.json()["lockedUntil"], runner_answers.TIME)
        for answer in (renewed, self.run_service(job, "completejob", job.token, (204,), conclusion="succeeded")):
            self.assertEqual({name.lower() for name in answer.headers} & {"x-plan-id", "x-job-name"}, {"x-plan-id", "x-job-name"})
        self.assertEqual(self.job(job_id)["result"], "succeeded")
        self.run_service(job, "renewjob", job.token, (404,))

    def test_a_job_is_acquired_once_and_only_if_it_is_there(self):
        _, request, _ = self.begin()
        taken = self.acquire(request, (409,))
        unknown = self.acquire({**request, "runner_request_id": small_runner.NIL_UUID}, (404,))
        for answer in (taken, unknown):
            error = answer.json()
            self.assertEqual((error["source"], error["statusCode"]), ("actions-run-service", answer.status))
            self.assertIsInstance(error["errorMessage"], str)

    def test_a_second_slash_is_no_matter(self):
        job_id, request = self.request()
        self.acquire(request, method="/acquirejob")
        self.assertEqual(self.job(job_id)["state"], "running")

    def test_a_job_completed_with_a_result_in_place_of_a_conclusion(self):
        job_id, _, job = self.begin()
        self.run_service(job, "completejob", job.token, (204,), result="failed")
        self.assertEqual((self.job(job_id)["state"], self.job(job_id)["result"]), ("completed", "failed"))

    def test_a_cancelled_job_cannot_be_acquired(self):
        job_id, request = self.request()
        self.service.call("POST", f"/_sim/jobs/{job_id}/cancel")
        self.wait_for_state(job_id, "completed")
        self.acquire(request, (404,))

    def test_a_request_that_is_not_acknowledged_comes_again(self):
        job_id, request = self.request()
        self.assertEqual(self.next_request(), request)
        self.assertEqual(request["runner_request_id"], job_id)

    def test_acknowledging_an_unknown_request_is_refused(self):
        answer = self.broker.call("POST", self.broker.url + "acknowledge", {"runnerRequestId": small_runner.NIL_UUID},
                                  query=self.broker.query(False), expected=(204, 404))
        self.assertEqual(self.error_kind(answer), "AcknowledgeJobNotFound")

    def test_a_request_that_came_again_is_acquired_in_vain(self):
        _, request = self.request()
        self.assertEqual(self.next_request(), request)
        self.assertEqual(self.acquire(request, (200, 409)).status, 409)

    def test_a_second_session_is_refused_between_two_polls(self):
        self.assertEqual(getattr(self.broker.open_session(), "status", 201), 409)

    def test_a_poll_of_another_session_is_refused(self):
        self.broker.session = small_runner.NIL_UUID
        self.assertEqual(self.error_kind(self.broker.poll(False)), "RunnerSessionInvalid")

    def test_without_a_token_a_call_is_refused(self):
        for method, path in (("POST", "session"), ("GET", "message"), ("POST", "acknowledge"), ("DELETE", "session")):
            with self.subTest(method=method, path=path):
                body = {} if method == "POST" else None
                answer = self.broker.connection.call(method, self.broker.url + path, body, query=self.broker.query(False), expected=(401,))
                self.assertEqual(answer.headers.get("WWW-Authenticate"), "Bearer")

    def test_the_older_flow_sends_a_runner_on_to_the_broker(self):
        sessions = self.broker.configuration.runner["ServerUrl"] + "_apis/distributedtask/pools/1/sessions"
        self.broker.connection.call("POST", sessions, {}, expected=(401,))
        session = self.broker.call("POST", sessions, {"ownerName": "host"}).json()
        self.assertEqual(session["BrokerMigrationMessage"], {"brokerBaseUrl": self.broker.url})
        self.assertEqual(session["ownerName"], "host")
        self.broker.call("DELETE", f"{sessions}/{session['sessionId']}", expected=(204,))

    def test_a_runner_that_ends_its_session_stays_registered(self):
        self.broker.close_session()
        self.assertEqual(self.answer("runner", "get", "RUNNER-1")["status"], "offline")

    def test_the_registration_outlives_completejob(self):
        _, _, job = self.begin()
        answers = []
        poll = threading.Thread(target=lambda: answers.append(self.broker.poll(True)))
        poll.start()
        self.run_service(job, "completejob", job.token, (204,), conclusion="succeeded")
        poll.join(MUST_HAPPEN_WITHIN)
        self.assertEqual([(answer.status, answer.text) for answer in answers], [(202, "")])
        self.broker.connection.call("DELETE", self.broker.url + "session", token=self.broker.token, expected=(204,))
        self.broker.connection.call("DELETE", self.broker.url + "session", token=self.broker.token, expected=(401, 404))

    def test_a_wrong_signature_is_no_client(self):
        key = self.broker.configuration.key
        key.private += 2
        with self.assertRaisesRegex(small_runner.Ended, "invalid_client"):
            self.broker.renew_token()

    def test_a_signature_as_rs256(self):
        self.broker.configuration.credentials["Data"]["requireFipsCryptography"] = "False"
        self.broker.token = None
        self.broker.renew_token()
        self.assertTrue(self.broker.token)


if __name__ == "__main__":
    unittest.main()
