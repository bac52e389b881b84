"""Several autoscalers that share a work folder: each serves its own scale set and touches nothing of the others."""

import hashlib
import signal
import unittest

from e2e import BINARY, MUST_HAPPEN_WITHIN, ORGANIZATION, RunningTest, end, start, tenant


class Owner(RunningTest):
    def autoscaler(self, url, log):
        process = start([BINARY, *self.run_arguments(url)], self.folder / log)
        self.addCleanup(lambda: end(process))
        return process

    def refused(self, url):
        """Starts one that ends with an error."""
        done = self.call(*self.run_arguments(url))
        self.assertEqual(done.returncode, 4, done.stderr)
        return done.stderr

    def sets_of(self, organization):
        found = tenant(self.service.state(), organization)
        return found["scaleSets"] if found else []

    def test_one_name_in_two_organizations_is_two_scale_sets(self):
        one = self.autoscaler(self.url, "one.log")
        other = self.autoscaler(f"{self.service.url}/other-org", "other.log")
        for organization in (ORGANIZATION, "other-org"):
            self.wait_until(lambda: any(s["session"] for s in self.sets_of(organization)), f"no session in {organization}")
            self.service.call("POST", "/_sim/jobs", {"tenant": organization, "labels": ["my-set"], "count": 2, "durationMilliseconds": 2000})
            self.wait_until(lambda: any(job["state"] == "running" for job in tenant(self.service.state(), organization)["jobs"]), "no job ran")
        # The other's runners are in the same work folder while this one ends and starts again.
        one.kill()
        one.wait()
        again = self.autoscaler(self.url, "again.log")
        for organization in (ORGANIZATION, "other-org"):
            self.wait_until(lambda: all(job["state"] == "completed" for job in tenant(self.service.state(), organization)["jobs"]), "jobs were not done")
            self.assertEqual({job["result"] for job in tenant(self.service.state(), organization)["jobs"]}, {"succeeded"})
        for process in (again, other):
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0)
        self.assert_nothing_left()

    def place_of(self, organization):
        """What one autoscaler has of its own in the work folder, with the files' identities, and at the service."""
        key = hashlib.sha256(f"{self.service.url}/{organization}\ndefault\nmy-set".lower().encode()).hexdigest()[:32]
        work = self.folder / "work"
        files = {path.name: path.stat().st_ino for path in work.glob(f"{key}.*")} | {path.name: path.stat().st_ino for path in (work / key).glob("*")}
        found = tenant(self.service.state(), organization)
        return files, sorted(runner["name"] for runner in found["runners"]), [s["session"] for s in found["scaleSets"]]

    def test_a_killed_one_and_its_restart_touch_nothing_of_the_other(self):
        processes = {organization: self.autoscaler(f"{self.service.url}/{organization}", f"{organization}.log") for organization in (ORGANIZATION, "other-org")}
        for organization in processes:
            self.wait_until(lambda: any(s["session"] for s in self.sets_of(organization)), f"no session in {organization}")
            self.service.call("POST", "/_sim/jobs", {"tenant": organization, "labels": ["my-set"], "count": 2, "durationMilliseconds": 12000})
            self.wait_until(lambda: all(job["state"] == "running" for job in tenant(self.service.state(), organization)["jobs"]), "the jobs did not run")
        before = self.place_of("other-org")
        self.assertGreaterEqual(len(before[0]), 4, before)  # lock, journal and two runners
        self.assertEqual(len(before[1]), 2)
        processes[ORGANIZATION].kill()
        processes[ORGANIZATION].wait()
        self.assertEqual(self.place_of("other-org"), before)
        again = self.autoscaler(self.url, "again.log")
        self.wait_until(lambda: "adopted the runner" in (self.folder / "again.log").read_text(), "nothing was adopted")
        self.wait_session()
        self.assertEqual(self.place_of("other-org"), before)
        self.assertNotIn("left alone", (self.folder / "again.log").read_text(), "it sees the other's runners")
        for organization in processes:
            self.wait_until(lambda: all(job["state"] == "completed" for job in tenant(self.service.state(), organization)["jobs"]), "jobs were not done")
            self.assertEqual({job["result"] for job in tenant(self.service.state(), organization)["jobs"]}, {"succeeded"})
        for process in (again, processes["other-org"]):
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0)
        self.assert_nothing_left()

    def test_a_group_is_given_by_its_id(self):
        arguments = [*self.run_arguments(self.url), "--runner-group-id", "1"]
        process = start([BINARY, *arguments], self.folder / "group.log")
        self.addCleanup(lambda: end(process))
        self.wait_session()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0)

    def test_another_way_to_write_the_url_is_the_same_scale_set(self):
        first = self.autoscaler(self.url, "first.log")
        self.wait_session()
        for url in (self.url + "/", self.url.upper().replace("HTTP", "http")):
            message = self.refused(url)
            self.assertIn(f"another process ({first.pid}) uses the scale set \"my-set\"", message)
        self.assertEqual(len(self.sets_of(ORGANIZATION)), 1)

    def test_what_an_earlier_version_left_is_taken_over(self):
        work = self.folder / "work"
        key = hashlib.sha256(f"{self.url}\ndefault\nmy-set".lower().encode()).hexdigest()[:32]
        # Earlier versions named folder and journal after the scale set.
        (work / "my-set").mkdir(parents=True)
        (work / key).symlink_to(work / "my-set")
        old = self.autoscaler(self.url, "old.log")
        self.wait_session()
        self.queue(2, milliseconds=3000)
        self.wait_until(lambda: len(self.jobs_in("running")) == 2, "the jobs did not start")
        old.kill()
        old.wait()
        started = self.service.state()["counters"]["runnersOnline"]
        (work / key).unlink()
        for path in work.glob(f"{key}.journal*"):
            path.rename(work / path.name.replace(key, "my-set"))
        new = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.log_has("took over what another journal says about the scale set"), "the journal was not imported")
        self.wait_session()
        self.wait_all_done()
        self.stop(new)
        self.assertEqual(self.service.state()["counters"]["runnersOnline"], started)
        self.assertTrue((work / "my-set.journal.imported").exists())
        self.assert_nothing_left()

    def test_nothing_is_created_at_the_service_if_it_cannot_be_served(self):
        (self.folder / "work").write_text("not a folder")
        done = self.call(*self.run_arguments(self.url))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(self.folder / "work"), done.stderr)
        self.assertEqual(self.sets_of(ORGANIZATION), [])

    def test_any_name_stays_inside_the_work_folder(self):
        for name in ("..", "x" * 256):
            with self.subTest(name=name):
                arguments = [name if argument == "my-set" else argument for argument in self.run_arguments(self.url)]
                process = start([BINARY, *arguments], self.folder / "name.log")
                self.addCleanup(lambda: end(process))
                self.wait_until(lambda: any(s["session"] and s["name"] == name for s in self.sets_of(ORGANIZATION)), "no session was opened")
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir() if path.is_dir()), ["runner", "work"])


if __name__ == "__main__":
    unittest.main()
