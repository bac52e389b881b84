"""Kills `scaleset run` at each step of its journal in turn, with real processes, and checks that every job is done exactly once and nothing is left.

Needs a build with the CMake option SCALESET_CRASH_POINTS, and so it is not among the tests: `./dev kill9 [JOBS]` makes one and runs this.
"""

import collections
import os
import pathlib
import re
import time
import unittest

from e2e import BINARY, ORGANIZATION, RunningTest, end, start

JOBS = int(os.environ.get("TEST_KILL9_JOBS", "150"))  # of each profile
AT_A_TIME = 6
LAST_STEP = 60  # then from the first one again
LONGEST_LIFE = 120
KILLED_AT = re.compile(r"^killed at: (.*)", re.MULTILINE)


class Campaign:
    """Lives of one autoscaler. In the n-th it is killed at the n-th step of its journal."""

    service_flags = ("--session-ttl", "2")

    def test_each_job_is_done_once(self):
        self.log = self.folder / "run.log"
        self.runs = self.folder / "runs"
        self.queued = 0
        deaths = 0
        while not self.all_done():
            deaths += self.live(deaths % LAST_STEP + 1)
        last = self.start_autoscaler(self.url)
        # A stop does not wait for registrations of runners that have ended.
        self.wait_until(lambda: not self.state()["runners"], "registrations are left")
        self.stop(last)
        self.report(deaths)
        self.assertEqual(collections.Counter(self.runs.read_text().split()), {str(number): 1 for number in range(JOBS)})
        self.assertEqual({job["result"] for job in self.state()["jobs"]}, {"succeeded"})
        self.assert_nothing_left()
        self.assertEqual(self.processes(), [])

    def live(self, step):
        """True if it died at that step; false if all jobs were done before."""
        process = start(["env", f"SCALESET_CRASH_AT={step}", BINARY, *self.run_arguments(self.url)], self.log)
        deadline = time.monotonic() + LONGEST_LIFE
        try:
            while process.poll() is None and not self.all_done():
                self.assertLess(time.monotonic(), deadline, self.log.read_text()[-3000:])
                self.queue_some()
                time.sleep(0.1)
        finally:
            end(process)
        self.assertIn(process.returncode, (0, -9), self.log.read_text()[-3000:])
        return process.returncode == -9

    def queue_some(self):
        open_jobs = len([job for job in self.state()["jobs"] if job["state"] != "completed"])
        for number in range(self.queued, min(JOBS, self.queued + AT_A_TIME - open_jobs)):
            # A short sleep, so that some jobs run while the autoscaler dies.
            script = f"sleep 0.{number % 4}; echo {number} >> {self.runs}"
            self.service.call("POST", "/_sim/jobs", {"tenant": ORGANIZATION, "labels": ["my-set"], "script": script})
            self.queued = number + 1

    def all_done(self):
        return self.queued == JOBS and all(job["state"] == "completed" for job in self.state()["jobs"])

    def processes(self):
        """Those that run in a folder of ours."""
        found = []
        for environ in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                if f"SCALESET_INSTANCE={self.folder}".encode() in environ.read_bytes():
                    found.append(environ.parent.name)
            except OSError:
                pass  # it has just ended
        return found

    def report(self, deaths):
        places = collections.Counter(KILLED_AT.findall(self.log.read_text()))
        self.assertEqual(sum(places.values()), deaths)
        print(f"\n{self.profile}: {JOBS} jobs, killed {deaths} times:")
        for place, count in places.most_common():
            print(f"  {count:4} {place}")


class Broker(Campaign, RunningTest):
    pass


class Acquire(Campaign, RunningTest):
    profile = "acquire"


if __name__ == "__main__":
    unittest.main()
