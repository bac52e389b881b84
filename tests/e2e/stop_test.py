"""Signals and stops: what ends the autoscaler, how fast, and what it leaves."""

import os
import pathlib
import signal
import time
import unittest

from e2e import BINARY, MUST_HAPPEN_WITHIN, RunningTest, end, runners_in, start

LONGEST_STOP = 12  # 10 s are promised; the rest is for a busy machine


class Stop(RunningTest):
    def run_with_command(self, command, *extra):
        """Starts the autoscaler with a token command instead of a file."""
        arguments = self.run_arguments(self.url, *extra)
        position = arguments.index("--token-file")
        arguments[position:position + 2] = ["--token-command", command]
        self.log = self.folder / "run.log"
        autoscaler = start([BINARY, *arguments], self.log)
        self.addCleanup(lambda: end(autoscaler))
        return autoscaler

    def assert_stops_soon(self, autoscaler):
        began = time.monotonic()
        autoscaler.send_signal(signal.SIGTERM)
        self.assertEqual(autoscaler.wait(MUST_HAPPEN_WITHIN), 0, self.log.read_text())
        self.assertLess(time.monotonic() - began, LONGEST_STOP, self.log.read_text())

    def state_of(self, pid):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]

    def runner_process(self):
        record = next((self.folder / "work").glob("*/.scaleset/*.instance"))
        return int(next(line for line in record.read_text().splitlines() if line.startswith("process ")).split()[1])

    def test_no_other_signal_ends_it_from_the_beginning_on(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.log.exists() and self.log_has("serving a scale set"), "it did not start")
        faults = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGSYS}
        kept = faults | {signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
        for number in signal.valid_signals() - kept:
            autoscaler.send_signal(number)
        self.queue(1, milliseconds=2000)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        self.assertIsNone(autoscaler.poll())
        ignored = next(line for line in pathlib.Path(f"/proc/{self.runner_process()}/status").read_text().splitlines() if line.startswith("SigIgn"))
        # Python's own runner ignores SIGPIPE and SIGXFSZ, and a process that posix_spawn has started two signals of the C library.
        self.assertEqual(int(ignored.split()[1], 16) & 0x7fffffff & ~(1 << signal.SIGPIPE - 1) & ~(1 << signal.SIGXFSZ - 1), 0)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_frozen_runner_outlives_the_autoscaler(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(1, milliseconds=3000)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        runner = self.runner_process()
        os.kill(runner, signal.SIGSTOP)
        self.wait_until(lambda: self.state_of(runner) == "T", "the runner was not frozen")
        self.assert_stops_soon(autoscaler)
        self.assertEqual(self.state_of(runner), "T")
        os.kill(runner, signal.SIGCONT)
        again = self.start_autoscaler(self.url)
        self.wait_all_done()
        self.stop(again)
        self.assert_nothing_left()

    def test_the_next_start_names_the_job_of_a_runner_that_died_meanwhile(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        job = self.queue(1, milliseconds=60000)[0]
        self.wait_until(lambda: self.log.exists() and self.log_has("job started"), "the job did not start")
        self.wait_until(lambda: list((self.folder / "work").glob("*/*/.runner")), "the runner has no registration")
        autoscaler.kill()
        autoscaler.wait()
        for pid in runners_in(self.folder):
            os.kill(pid, signal.SIGKILL)
        again = self.start_autoscaler(self.url)
        died = "a runner died in the middle of its job while scaleset did not run"
        self.wait_until(lambda: self.log_has(died), "nobody was told")
        line = next(line for line in self.log.read_text().splitlines() if died in line)
        self.assertIn(f"job_id={job}", line)
        self.assertIn("repository=", line)
        self.assert_stops_soon(again)

    def test_a_stop_does_not_wait_for_a_service_that_hangs(self):
        autoscaler = self.start_autoscaler(self.url, "--min-runners", "1")
        self.wait_session()
        self.service.call("POST", "/_sim/latency", {"route": "*", "milliseconds": 60000})
        self.assert_stops_soon(autoscaler)

    def test_a_stop_ends_a_token_command_that_hangs(self):
        started = self.folder / "started"
        autoscaler = self.run_with_command(f"echo x > {started}; sleep 1000 & wait")
        self.wait_until(started.exists, "the command was not run")
        group = [int(path.parent.name) for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if str(started).encode() in self.read(path) and b"token-command" not in self.read(path)]
        self.assertTrue(group)
        self.assert_stops_soon(autoscaler)
        self.wait_until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in group), "the command was left running")

    @staticmethod
    def read(path):
        try:
            return path.read_bytes()
        except OSError:
            return b""

    def test_sighup_starts_a_token_command_that_hangs_afresh(self):
        hangs = self.folder / "hangs"
        hangs.touch()
        autoscaler = self.run_with_command(f"if test -e {hangs}; then rm {hangs}; sleep 1000; fi; cat {self.token_file}")
        self.wait_until(lambda: not hangs.exists(), "the command was not run")
        autoscaler.send_signal(signal.SIGHUP)
        self.wait_session()
        self.stop(autoscaler)

    def test_a_token_command_that_fails_at_the_start_is_waited_for(self):
        vault = self.folder / "vault"
        autoscaler = self.run_with_command(f"echo it is sealed >&2; cat {vault}")
        told = 'the command "echo ..." ended with exit code 1'
        self.wait_until(lambda: self.log.exists() and self.log_has(told.replace('"', '\\"')) or self.log_has(told), "the failure was not reported")
        self.assertIsNone(autoscaler.poll())
        self.assertFalse(self.log_has("it is sealed"))
        vault.write_text("ghp_fromTheVault\n")
        self.wait_session()
        self.stop(autoscaler)

    def test_a_token_file_that_became_a_pipe_stops_nothing(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        # Whoever opens a pipe for reading would wait for its writer for ever.
        self.token_file.unlink()
        os.mkfifo(self.token_file, 0o600)
        autoscaler.send_signal(signal.SIGHUP)
        self.wait_until(lambda: self.log_has("it is a pipe; give a regular file"), "the pipe was not told")
        self.assert_stops_soon(autoscaler)

    def test_runners_whose_records_were_removed_are_found_again(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(1, milliseconds=4000)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        autoscaler.kill()
        autoscaler.wait()
        started = self.service.state()["counters"]["runnersOnline"]
        for path in [*(self.folder / "work").glob("*/.scaleset/*.instance"), *(self.folder / "work").glob("*.journal*")]:
            path.unlink()
        again = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.log_has("a runner has no record"), "the runner was not found")
        self.wait_all_done()
        self.stop(again)
        self.assertEqual(self.service.state()["counters"]["runnersOnline"], started)
        # The session of the one that was killed is still open: its id was in the journal.
        self.assertEqual(self.state()["runners"], [])
        self.assertEqual(list((self.folder / "work").glob("*/.scaleset/*.instance")), [])


if __name__ == "__main__":
    unittest.main()
