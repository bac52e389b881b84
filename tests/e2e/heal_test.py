"""What somebody removes while the autoscaler runs is made again, and what somebody else has taken is left to them."""

import fcntl
import re
import shutil
import unittest

from e2e import MUST_HAPPEN_WITHIN, RunningTest

MADE_AGAIN = "somebody has removed, replaced or damaged files of this scale set"


class Heal(RunningTest):
    def own_files(self, *endings):
        return [path for ending in endings for path in (self.folder / "work").glob(f"*{ending}")]

    def assert_survives_a_kill(self, autoscaler):
        """Kills it in the middle of a job: the next start finds the runner by what was made again."""
        self.queue(1, milliseconds=4000)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        autoscaler.kill()
        autoscaler.wait()
        started = self.service.state()["counters"]["runnersOnline"]
        again = self.start_autoscaler(self.url)
        self.wait_session()
        self.wait_all_done()
        self.stop(again)
        self.assertEqual(self.service.state()["counters"]["runnersOnline"], started)
        self.assert_nothing_left()

    def test_a_removed_lock_and_journal_are_made_again(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        for path in self.own_files(".lock", ".journal", ".journal-wal", ".journal-shm"):
            path.unlink()
        self.queue(1)
        self.wait_all_done()
        self.assertEqual(self.log.read_text().count(MADE_AGAIN), 1)
        second = self.call(*self.run_arguments(self.url))
        self.assertEqual(second.returncode, 4, second.stderr)
        self.assertIn(f"another process ({autoscaler.pid}) uses the scale set", second.stderr)
        self.assert_survives_a_kill(autoscaler)

    def test_a_removed_work_folder_is_made_again(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        shutil.rmtree(self.folder / "work")
        self.queue(1)
        self.wait_all_done()
        self.assertEqual(self.log.read_text().count(MADE_AGAIN), 1)
        self.assertEqual(self.log.read_text().count("the work folder was removed or replaced; it was made again"), 1)
        self.assert_survives_a_kill(autoscaler)

    def test_a_scale_set_that_another_process_has_taken_is_left_to_it(self):
        # One by the names of the scale set, and one by its id.
        for which in (0, 1):
            self.check_that_it_is_left_to_another(which)

    def check_that_it_is_left_to_another(self, which):
        (self.folder / "run.log").unlink(missing_ok=True)
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(1, milliseconds=8000)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        locks = sorted(path for path in self.own_files(".lock") if ".journal" not in path.name)
        self.assertEqual(len(locks), 2)
        lock = locks[which]
        # Locked before it is put in the place of the other, so that nobody comes in between.
        with open(self.folder / "lock", "w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            (self.folder / "lock").replace(lock)
            self.queue(1)
            self.assertEqual(autoscaler.wait(MUST_HAPPEN_WITHIN), 4, self.log.read_text())
        errors = [line for line in self.log.read_text().splitlines() if re.search(" error +run: another process", line)]
        self.assertEqual(len(errors), 1, self.log.read_text())
        self.assertEqual(self.log.read_text().splitlines()[-1], errors[0], "the reason comes last")
        self.assertFalse(self.log_has("the journal cannot be written"), "nothing is tried again")
        self.assertTrue(self.jobs_in("running"), "the runner was not left alone")
        again = self.start_autoscaler(self.url)
        self.wait_all_done()
        self.stop(again)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
