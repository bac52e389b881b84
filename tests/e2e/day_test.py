"""A day of a company, short: three organizations, twelve scale sets, a budget, a schedule, faults of the service, reloads while jobs run, a scale set
that goes, and a credential that is revoked and mended. Each job runs exactly once, and nothing is left."""

import collections
import json
import shutil
import signal
import unittest

from e2e import BINARY, TOKEN, EndToEndTest, end, start, tenant

ORGANIZATIONS = ("red", "green", "blue")
NAMES = ("build", "test", "deploy", "old")
APP = "Iv1.day"


class Day(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.make_runner_dir()
        self.key, self.good_key, self.wrong_key = (self.folder / name for name in ("key.pem", "good.pem", "wrong.pem"))
        for key in (self.good_key, self.wrong_key):
            self.assertEqual(self.call("simulate", "app-key", key).returncode, 0)
        shutil.copy(self.good_key, self.key)
        # A scale set says with its next poll what it offers of the budget, so polls are short.
        self.service = self.start_service("--hold-time", "3", "--app", f"{APP}={self.good_key}", "--state", self.folder / "service.json")
        self.file = self.folder / "scaleset.toml"
        self.log = self.folder / "run.log"
        self.queued = collections.Counter()

    def write_file(self, slots=4, without=()):
        """What the file says: `without` are scale sets that have gone."""
        text = f'state_dir = "{self.folder}/state"\n[budget.host]\nslots = {slots}\n[template.linux]\nrunner_dir = "{self.folder}/runner"\n'
        text += "".join(f'[credential.{name}]\ntoken = {{ file = "{self.token_file}" }}\n' for name in ("red", "green"))
        text += f'[credential.blue.app]\nclient_id = "{APP}"\ninstallation_id = 42\nprivate_key = {{ file = "{self.key}" }}\n'
        for organization in ORGANIZATIONS:
            for name in NAMES:
                if (organization, name) not in without:
                    text += self.set_of(organization, name)
        beside = self.folder / "scaleset.toml.new"
        beside.write_text(text)
        beside.replace(self.file)

    def set_of(self, organization, name):
        text = f'[[scale_set]]\nurl = "{self.service.url}/{organization}"\nname = "{name}"\ncredential = "{organization}"\nmin_idle_age = "0s"\n'
        if organization != "blue" and name in ("build", "test"):  # the others have machines of their own
            text += 'budget = "host"\n'
        if (organization, name) == ("red", "build"):
            text += 'reserve = 1\n[[scale_set.schedule]]\ncron = "* * * * *"\nfor = "2m"\nzone = "Europe/Berlin"\nmin_idle = 1\n'
        return text

    def part(self, organization):
        return tenant(self.service.state() or {"tenants": []}, organization) or {"scaleSets": [], "runners": [], "jobs": []}

    def serving(self):
        return {(one, each["name"]) for one in ORGANIZATIONS for each in self.part(one)["scaleSets"] if each["session"]}

    def queue(self, organization, name, count=1, milliseconds=200):
        self.service.call("POST", "/_sim/jobs", {"tenant": organization, "labels": [name], "count": count, "durationMilliseconds": milliseconds})
        self.queued[organization] += count

    def jobs_done(self, organization):
        return sum(job["state"] == "completed" for job in self.part(organization)["jobs"])

    def wait_done(self, *organizations):
        for one in organizations:
            self.wait_until(lambda: self.jobs_done(one) == self.queued[one], f"the jobs of {one} were not done")

    def log_has(self, text):
        return text in self.log.read_text()

    def reload(self, autoscaler, **file):
        self.write_file(**file)
        autoscaler.send_signal(signal.SIGHUP)

    def begin_the_day(self):
        self.write_file()
        checked = self.call("config", "check", self.file)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        autoscaler = start([BINARY, "run", "--config", self.file], self.log)
        self.addCleanup(lambda: end(autoscaler))
        everyone = {(one, name) for one in ORGANIZATIONS for name in NAMES}
        self.wait_until(lambda: self.serving() == everyone, "not all scale sets are served")
        self.wait_until(lambda: self.part("red")["runners"], "the schedule keeps no runner")
        return autoscaler

    def have_bad_weather(self):
        for fault in ({"route": "*", "status": 503, "probability": 0.05, "seconds": 10}, {"route": "get_message", "drop": "after", "count": 2},
                      {"route": "*", "delayMilliseconds": 300, "probability": 0.2, "seconds": 10}):
            self.service.call("POST", "/_sim/faults", fault)

    def revoke_and_mend(self, autoscaler):
        """What was obtained before is used until it is refused; then jobs wait until the key is right."""
        shutil.copy(self.wrong_key, self.key)
        self.wait_until(lambda: self.log_has("could not get a token from GitHub"), "the wrong key was not told")
        self.queue("green", "test", 2)
        self.wait_done("green")
        self.service.call("POST", "/_sim/faults", {"route": "*", "status": 401, "seconds": 3600, "headers": {"Content-Type": "application/json"},
                                                   "body": '{"message":"Bad credentials"}'})
        self.queue("blue", "deploy", 2)
        self.wait_until(lambda: self.log_has("Bad credentials"), "the refusal was not told")
        self.assertLess(self.jobs_done("blue"), self.queued["blue"])
        self.assertIsNone(autoscaler.poll(), "it goes on")
        self.service.call("DELETE", "/_sim/faults")
        shutil.copy(self.good_key, self.key)
        self.wait_done("blue")

    def test_everybody_is_served_and_nothing_is_left(self):
        autoscaler = self.begin_the_day()
        for organization in ORGANIZATIONS:
            for name in NAMES:
                self.queue(organization, name)
        self.wait_done(*ORGANIZATIONS)
        self.have_bad_weather()
        for organization in ORGANIZATIONS:
            self.queue(organization, "build", 3, milliseconds=1000)
            self.queue(organization, "test", 2)
        self.wait_until(lambda: any(job["state"] == "running" for job in self.part("red")["jobs"]), "no job runs")
        self.reload(autoscaler, slots=3, without=[("green", "old")])
        self.wait_until(lambda: self.log_has("slots: 4 -> 3"), "the reload was not told")
        self.wait_until(lambda: ("green", "old") not in self.serving() and len(self.serving()) == 11, "the scale set did not go alone")
        self.wait_done(*ORGANIZATIONS)
        self.service.call("DELETE", "/_sim/faults")
        self.revoke_and_mend(autoscaler)
        self.reload(autoscaler, slots=4)
        self.wait_until(lambda: len(self.serving()) == 12, "the scale set did not come back")
        self.queue("green", "old")
        self.wait_done("green")
        autoscaler.send_signal(signal.SIGINT)
        self.assertEqual(autoscaler.wait(60), 0, self.log.read_text())
        self.assert_each_job_ran_once()
        self.assert_nothing_is_left()

    def assert_each_job_ran_once(self):
        for organization in ORGANIZATIONS:
            jobs = self.part(organization)["jobs"]
            self.assertEqual(len(jobs), self.queued[organization])
            self.assertEqual({(job["state"], job["result"]) for job in jobs}, {("completed", "succeeded")}, organization)
            runners = [job["runnerName"] for job in jobs]
            self.assertEqual(len(runners), len(set(runners)), "a runner has one job")

    def assert_nothing_is_left(self):
        for organization in ORGANIZATIONS:
            self.assertEqual(self.part(organization)["runners"], [])
        self.assertEqual(self.serving(), set())
        self.assertEqual([path for path in (self.folder / "state/runners").glob("*/[!.]*") if path.is_dir()], [])
        left = self.call("gc", "--url", f"{self.service.url}/red", "--token-file", self.token_file, "--work-dir", self.folder / "state")
        self.assertEqual(left.returncode, 0, left.stderr)
        kinds = {one["kind"] for one in json.loads(left.stdout)}
        self.assertEqual(kinds, {"scale_set", "journal_rows"})
        self.assertNotIn(TOKEN, self.log.read_text())


if __name__ == "__main__":
    unittest.main()
