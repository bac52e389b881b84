"""Secrets and certificates that change while the autoscaler runs."""

import json
import shutil
import signal
import time
import unittest

from e2e import BINARY, ORGANIZATION, TOKEN, EndToEndTest, RunningTest, end, start
from service_process import START_DEADLINE, wait_for

# A listener that was refused waits for 30 s and more; what is tried at once is there much earlier.
AT_ONCE = 15


class Secrets(RunningTest):
    def refuse(self):
        """From now on the service refuses every token, also the admin token."""
        self.service.call("POST", "/_sim/faults", {"route": "*", "status": 401, "seconds": 3600,
                                                   "headers": {"Content-Type": "application/json"}, "body": '{"message":"Bad credentials"}'})

    def accept(self):
        self.service.call("DELETE", "/_sim/faults")

    def wait_until_refused(self):
        self.wait_until(lambda: self.log_has("401"), "the refusal was not reported")

    def assert_served_at_once(self):
        self.queue(1)
        began = time.monotonic()
        self.wait_all_done()
        self.assertLess(time.monotonic() - began, AT_ONCE, self.log.read_text())

    def test_a_token_file_that_changes_is_tried_at_once(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.refuse()
        self.wait_until_refused()
        self.accept()
        # Written in place, as an editor does: empty for a moment.
        self.token_file.write_text("ghp_another\n")
        self.wait_until(lambda: self.log_has("a file with a secret has changed; it is read again"), "the change was not noticed")
        self.assert_served_at_once()
        self.stop(autoscaler)
        self.assert_nothing_left()
        self.assertNotIn("ghp_another", self.log.read_text())

    def test_a_token_file_without_a_token_ends_nothing(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.token_file.write_text("\n")
        self.wait_until(lambda: self.log_has("could not get a token from GitHub"), "the empty file was not read")
        self.token_file.write_text(TOKEN + "\n")
        self.assert_served_at_once()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_key_file_that_changes_is_read_again(self):
        key, other = self.folder / "key.pem", self.folder / "other.pem"
        for file in (key, other):
            self.assertEqual(self.call("simulate", "app-key", file).returncode, 0)
        arguments = self.run_arguments(self.url)
        position = arguments.index("--token-file")
        arguments[position:position + 2] = ["--app-client-id", "Iv1.test", "--app-installation-id", "42", "--app-private-key-file", key]
        self.log = self.folder / "run.log"
        autoscaler = start([BINARY, *arguments], self.log)
        self.addCleanup(lambda: end(autoscaler))
        self.wait_session()
        other.replace(key)
        self.wait_until(lambda: self.log_has("a file with a secret has changed; it is read again"), "the change was not noticed")
        self.assertIsNone(autoscaler.poll())
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_token_command_is_run_whenever_a_token_is_needed(self):
        counted = self.folder / "counted"
        arguments = self.run_arguments(self.url, "--log-level", "debug")
        position = arguments.index("--token-file")
        arguments[position:position + 2] = ["--token-command", f"echo x >> {counted}; cat {self.token_file}"]
        self.log = self.folder / "run.log"
        autoscaler = start([BINARY, *arguments], self.log)
        self.addCleanup(lambda: end(autoscaler))
        self.wait_session()
        self.queue(1)
        self.wait_all_done()
        # For the session, and for the question how long the runner's version works.
        self.wait_until(lambda: counted.read_text() == "x\nx\n", "it was run more often than it was needed, or less")
        autoscaler.send_signal(signal.SIGHUP)
        self.wait_until(lambda: counted.read_text() == "x\nx\nx\n", "SIGHUP does not run it again")
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()
        self.assertNotIn(TOKEN, self.log.read_text())

    def test_sighup_tries_at_once_what_was_refused_and_cuts_no_poll(self):
        autoscaler = self.start_autoscaler(self.url, "--log-level", "debug")
        self.wait_session()
        sessions = self.service.state()["counters"]["sessionsCreated"]
        autoscaler.send_signal(signal.SIGHUP)
        self.wait_until(lambda: self.log_has("reading secrets and certificates again"), "SIGHUP was not noticed")
        self.queue(1)
        self.wait_all_done()
        self.assertEqual(self.service.state()["counters"]["sessionsCreated"], sessions)
        self.refuse()
        self.wait_until_refused()
        self.accept()
        autoscaler.send_signal(signal.SIGHUP)
        self.assert_served_at_once()
        self.stop(autoscaler)
        self.assert_nothing_left()


class Certificates(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.make_runner_dir()
        self.authority = self.folder / "authority.pem"
        self.listen = "127.0.0.1:0"

    def start_service(self, name):
        """One with an authority of its own, on the same port as the one before it."""
        ready = self.folder / f"{name}.ready"
        process = start([BINARY, "simulate", "--listen", self.listen, "--tls", "--tls-ca-file", self.folder / f"{name}.pem",
                         "--ready-file", ready], self.folder / "simulate.log")
        self.addCleanup(lambda: end(process))
        wait_for(ready.exists, START_DEADLINE, "the simulator did not start")
        self.url = json.loads(ready.read_text())["url"]
        self.listen = self.url.removeprefix("https://")
        return process

    def test_sighup_reads_the_authorities_again(self):
        first = self.start_service("first")
        shutil.copy(self.folder / "first.pem", self.authority)
        autoscaler = self.start_autoscaler(f"{self.url}/{ORGANIZATION}", "--ca-file", self.authority)
        opened = lambda: self.log.read_text().count("using the scale set") + self.log.read_text().count("session opened")
        self.wait_until(lambda: "session" in self.log.read_text(), "no session was opened")
        first.kill()
        first.wait()
        self.start_service("second")
        self.wait_until(lambda: "certificate" in self.log.read_text(), "the unknown authority was not refused")
        self.authority.write_text("half a certifica")
        autoscaler.send_signal(signal.SIGHUP)
        self.wait_until(lambda: "those that were read before stay in use" in self.log.read_text(), "the damaged file was not reported")
        before = opened()
        shutil.copy(self.folder / "second.pem", self.authority)
        autoscaler.send_signal(signal.SIGHUP)
        wait_for(lambda: opened() > before, AT_ONCE, "the new authority is not trusted")
        autoscaler.send_signal(signal.SIGTERM)
        self.assertEqual(autoscaler.wait(60), 0, self.log.read_text())


if __name__ == "__main__":
    unittest.main()
