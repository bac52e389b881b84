"""Threads of the real program, and the versions of its runners."""

import datetime
import json
import os
import pathlib
import shutil
import unittest

from e2e import RunningTest

VERSION = "2.338.0"  # of the pretend runner


class Currency(RunningTest):
    def ends_in(self, days):
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, hours=1)
        release = {"version": VERSION, "registrationEndsAt": None, "runtimeEndsAt": end.strftime("%Y-%m-%dT%H:%M:%SZ")}
        self.service.call("PUT", "/_sim/runner-releases", {"releases": [release]})

    def lines(self, text):
        records = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [record for record in records if text in record["message"]]

    def run_a_job(self, *flags):
        autoscaler = self.start_autoscaler(self.url, "--log-format", "json", *flags)
        self.wait_session()
        self.queue(1)
        self.wait_all_done()
        return autoscaler

    def test_it_has_eight_threads_at_most(self):
        # A name, so that it has to be looked up.
        self.url = self.url.replace("127.0.0.1", os.uname().nodename) if self.named_host() else self.url
        autoscaler = self.start_autoscaler(self.url)
        most = 0

        def count():
            nonlocal most
            most = max(most, len(os.listdir(f"/proc/{autoscaler.pid}/task")))
            return True

        self.wait_until(lambda: count() and any(s["session"] for s in self.state()["scaleSets"]), "no session was opened")
        self.queue(8)
        self.wait_until(lambda: count() and (jobs := self.state()["jobs"]) and all(job["state"] == "completed" for job in jobs), "jobs were not done")
        self.stop(autoscaler)
        self.assertLessEqual(most, 8)

    def named_host(self):
        """Whether the name of this machine leads to the loopback interface, on which the service listens."""
        try:
            hosts = pathlib.Path("/etc/hosts").read_text().splitlines()
        except OSError:
            return False
        return any(line.split()[:1] == ["127.0.0.1"] and os.uname().nodename in line.split() for line in hosts)

    def test_a_version_that_ends_soon_is_a_warning(self):
        self.ends_in(10)
        autoscaler = self.run_a_job()
        told = self.lines("GitHub will refuse this version of the runner")
        self.assertEqual([(record["level"], record["version"], record["days_left"]) for record in told], [("warning", VERSION, 10)])
        self.stop(autoscaler)

    def test_a_version_that_ends_in_days_is_an_error(self):
        self.ends_in(2)
        autoscaler = self.run_a_job()
        told = self.lines("GitHub will refuse this version of the runner")
        self.assertEqual([record["level"] for record in told], ["error"])
        self.stop(autoscaler)

    def test_a_newer_release_is_used_by_the_next_runner(self):
        release = self.folder / "runner"
        kept = self.folder / "kept"
        release.rename(kept)
        release.mkdir()
        shutil.copytree(kept, release / "2.100.0", symlinks=True)
        autoscaler = self.run_a_job()
        # Without the old one nothing could be started but from the new one.
        shutil.copytree(kept, release / "unfinished", symlinks=True)
        (release / "unfinished").rename(release / "2.101.0")
        shutil.rmtree(release / "2.100.0")
        self.queue(2)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
