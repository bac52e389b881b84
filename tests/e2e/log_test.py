"""A slow reader of the log holds nobody up, and the log has the error that ends the program."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest
import urllib.error

from e2e import BINARY, MUST_HAPPEN_WITHIN, ORGANIZATION, EndToEndTest, RunningTest, end, environment


def full_pipe(test):
    """The writing end of a pipe that nobody reads and that is full."""
    reading, writing = os.pipe()
    test.addCleanup(os.close, reading)
    test.addCleanup(os.close, writing)
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"." * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    return writing


class UnreadLog(RunningTest):
    def test_jobs_run_and_the_program_ends(self):
        autoscaler = subprocess.Popen([str(part) for part in [BINARY, *self.run_arguments(self.url, "--log-level", "debug")]],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=full_pipe(self), env=environment())
        self.addCleanup(lambda: end(autoscaler))
        self.wait_session()
        self.queue(3)
        self.wait_all_done()
        autoscaler.send_signal(signal.SIGINT)
        self.assertEqual(autoscaler.wait(MUST_HAPPEN_WITHIN), 0)
        self.assert_nothing_left()


class FinalError(EndToEndTest):
    def refusing_url(self):
        """Of a service that refuses the credentials, which ends the program."""
        service = self.start_service()
        service.call("POST", "/_sim/faults", {"route": "registration_token", "status": 401, "seconds": 3600})
        return f"{service.url}/{ORGANIZATION}"

    def test_an_error_is_not_waited_for(self):
        self.make_runner_dir()
        for code, arguments in ((5, self.run_arguments(self.refusing_url())), (1, ["simulate", "--listen", "192.0.2.1:0"])):
            with self.subTest(arguments=arguments[0]):
                ended = subprocess.run([str(part) for part in [BINARY, *arguments]], stdin=subprocess.DEVNULL, stderr=full_pipe(self),
                                       timeout=MUST_HAPPEN_WITHIN, env=environment())
                self.assertEqual(ended.returncode, code)

    def test_an_error_is_json_if_the_log_is(self):
        self.make_runner_dir()
        ended = self.call(*self.run_arguments(self.refusing_url()), "--log-format", "json")
        last = [json.loads(line) for line in ended.stderr.splitlines()][-1]
        self.assertEqual((last["level"], last["component"]), ("error", "run"))
        self.assertIn("401", last["message"])

    def test_the_simulator_logs_that_it_cannot_save(self):
        there = self.folder / "there"
        there.mkdir()
        service = self.start_service("--state", there / "state.json")
        shutil.rmtree(there)
        with self.assertRaises(urllib.error.HTTPError):
            service.call("POST", "/_sim/jobs", {"tenant": ORGANIZATION, "labels": ["my-set"]})
        log = self.folder / "simulate.log"
        self.wait_until(lambda: "error   simulator: the state could not be saved" in log.read_text(), "the simulator logged no error")

    def test_no_file_gets_the_number_of_a_closed_stream(self):
        ready = self.folder / "ready.json"
        service = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", str(BINARY), "simulate", "--ready-file", str(ready)],
                                   env=environment())
        self.addCleanup(lambda: end(service))
        self.wait_until(ready.exists, "the simulator did not start")
        for stream in range(3):
            self.assertEqual(os.readlink(pathlib.Path(f"/proc/{service.pid}/fd/{stream}")), "/dev/null")


if __name__ == "__main__":
    unittest.main()
