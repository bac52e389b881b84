"""A journal that cannot be used: one line says what happens, and running jobs go on."""

import os
import resource
import sqlite3
import subprocess
import unittest

from e2e import BINARY, RunningTest, end, start


class Journal(RunningTest):
    def journal(self):
        return next((self.folder / "work").glob("*.journal"))

    def kill_in_the_middle_of_a_job(self, milliseconds):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(1, milliseconds=milliseconds)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        autoscaler.kill()
        autoscaler.wait()
        self.started = self.service.state()["counters"]["runnersOnline"]

    def assert_taken_over(self):
        self.wait_until(lambda: self.log_has("adopted the runner"), "the runner was not taken over")
        self.wait_session()
        self.wait_all_done()
        self.assertEqual(self.service.state()["counters"]["runnersOnline"], self.started)

    def test_of_a_newer_version_is_refused_and_left_as_it_is(self):
        self.kill_in_the_middle_of_a_job(6000)
        with sqlite3.connect(self.journal()) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute("PRAGMA user_version = 99")
        database.close()
        refused = self.call(*self.run_arguments(self.url))
        self.assertEqual(refused.returncode, 1, refused.stderr)
        line = refused.stderr.splitlines()[-1]
        for text in ("newer version of scaleset", "jobs that are running go on", str(self.journal())):
            self.assertIn(text, line)
        self.assertTrue(self.jobs_in("running"), "the job was ended")
        with sqlite3.connect(self.journal()) as database:
            database.execute(f"PRAGMA user_version = {version}")
        database.close()
        again = self.start_autoscaler(self.url)
        self.assert_taken_over()
        self.stop(again)
        self.assert_nothing_left()

    def test_that_is_damaged_is_kept_and_runners_are_taken_over(self):
        self.kill_in_the_middle_of_a_job(6000)
        damaged = self.journal()
        damaged.with_name(damaged.name + "-wal").unlink()
        damaged.write_bytes(b"x" * 5000)
        again = self.start_autoscaler(self.url)
        self.assert_taken_over()
        lines = [line for line in self.log.read_text().splitlines() if "a journal was damaged" in line]
        self.assertEqual(len(lines), 1, self.log.read_text())
        self.assertIn("their jobs go on", lines[0])
        self.assertEqual(damaged.with_name(damaged.name + ".damaged-1").read_bytes(), b"x" * 5000)
        self.stop(again)
        # The session of the killed one was in the lost journal; the service ends it after a while.
        self.assertEqual(self.state()["runners"], [])
        self.assertEqual(list((self.folder / "work").glob("*/[!.]*")), [])

    def limit_files(self, process, size):
        """What a full disk does, for this process alone: no file grows beyond the size."""
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))

    def test_on_a_full_disk_starts_nothing_until_there_is_room(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(1, milliseconds=4000)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        self.limit_files(autoscaler, self.journal().with_name(self.journal().name + "-wal").stat().st_size)
        self.queue(1)
        self.wait_until(lambda: self.log_has("the journal cannot be written"), "it was not noticed")
        line = next(line for line in self.log.read_text().splitlines() if "the journal cannot be written" in line)
        for text in ("no runner is started", "running jobs go on"):
            self.assertIn(text, line)
        self.wait_until(lambda: self.jobs_in("completed"), "the running job was ended")
        self.assertEqual(self.service.state()["counters"]["jitConfigs"], 1)
        self.assertEqual(self.log.read_text().count("the journal cannot be written"), 1)
        self.limit_files(autoscaler, None)
        self.wait_all_done()
        self.wait_until(lambda: self.log_has("the journal can be written again"), "that it works again was not told")
        self.assertEqual(self.log.read_text().count("the journal can be written again"), 1)
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_on_a_full_disk_at_the_start_is_refused(self):
        """The log goes to a pipe here, so that it needs no room."""
        refused = self.call_limited("ulimit -f 1", *self.run_arguments(self.url))
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn(str(self.folder / "work"), refused.stderr.splitlines()[-1])
        self.assertEqual(self.state()["scaleSets"], [], "a scale set was created")

    def call_limited(self, limit, *arguments):
        return subprocess.run(["sh", "-c", f'{limit}; exec "$@"', "sh", str(BINARY), *map(str, arguments)], capture_output=True, text=True,
                              timeout=60, stdin=subprocess.DEVNULL, cwd=self.folder)

    @unittest.skipIf("undefined" in os.environ.get("TEST_SANITIZE", ""),
                     "the sanitizer opens descriptors to look at an object's type, and takes it for damaged without them")
    def test_with_few_descriptors_all_jobs_are_served(self):
        """Runners take some each: no more are started than there is room for, and none is lost."""
        self.log = self.folder / "run.log"
        arguments = self.run_arguments(self.url)
        arguments[arguments.index("--max-runners") + 1] = "40"
        autoscaler = start(["sh", "-c", 'ulimit -n 96; exec "$@"', "sh", BINARY, *arguments], self.log)
        self.addCleanup(lambda: end(autoscaler))
        self.wait_session()
        self.queue(40, milliseconds=500)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assertEqual(self.state()["runners"], [])
        # A start that failed for want of descriptors could not remove its folder either. The next start of the program does.
        again = self.start_autoscaler(self.url)
        self.wait_session()
        self.wait_until(lambda: not list((self.folder / "work").glob("*/[!.]*")), "folders were left")
        self.stop(again)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
