"""`scaleset run` with a configuration file, and `scaleset config`."""

import json
import signal
import subprocess
import unittest

from e2e import BINARY, ORGANIZATION, TOKEN, EndToEndTest, RunningTest, end, environment, start, tenant


class ConfigTest(RunningTest):
    """Two scale sets, of two organizations."""

    def setUp(self):
        super().setUp()
        self.file = self.folder / "scaleset.toml"
        self.log = self.folder / "run.log"

    def set_of(self, name, more="", organization=ORGANIZATION):
        return f'[[scale_set]]\nurl = "{self.service.url}/{organization}"\nname = "{name}"\nmin_idle_age = "0s"\n{more}\n'

    def text(self, *sets, head=""):
        common = f'state_dir = "{self.folder}/state"\n{head}\n[credential.main]\ntoken = {{ file = "{self.token_file}" }}\n'
        template = f'[template.linux]\nrunner_dir = "{self.folder}/runner"\nwork_dir = "{self.folder}/work"\n'
        return common + template + "".join(sets)

    def write(self, *sets, head=""):
        beside = self.folder / "scaleset.toml.new"
        beside.write_text(self.text(*sets, head=head))
        beside.replace(self.file)

    def start_with_file(self, *sets, head=""):
        self.write(*sets, head=head)
        process = start([BINARY, "run", "--config", self.file], self.log)
        self.addCleanup(lambda: end(process))
        return process

    def sessions(self, organization=ORGANIZATION):
        found = tenant(self.service.state() or {"tenants": []}, organization) or {"scaleSets": []}
        return {one["name"] for one in found["scaleSets"] if one["session"]}

    def wait_sessions(self, names, organization=ORGANIZATION):
        self.wait_until(lambda: self.sessions(organization) == names, f"the sessions are not those of {names}")

    def run_job(self, label="my-set", organization=ORGANIZATION, milliseconds=100):
        return self.service.call("POST", "/_sim/jobs", {"tenant": organization, "labels": [label], "count": 1,
                                                        "durationMilliseconds": milliseconds})["jobIds"]

    def wait_jobs(self, organization=ORGANIZATION):
        def are_done():
            jobs = (tenant(self.service.state(), organization) or {"jobs": []})["jobs"]
            return jobs and all(job["state"] == "completed" for job in jobs)
        self.wait_until(are_done, "the jobs were not done")

    def test_a_file_serves_two_organizations(self):
        autoscaler = self.start_with_file(self.set_of("my-set"), self.set_of("my-set", organization="other-org"))
        self.wait_sessions({"my-set"})
        self.wait_sessions({"my-set"}, "other-org")
        for organization in (ORGANIZATION, "other-org"):
            self.run_job(organization=organization)
            self.wait_jobs(organization)
        self.stop(autoscaler)
        self.assert_nothing_left()
        self.assertNotIn(TOKEN, self.log.read_text())
        self.assertTrue((self.folder / "state/daemon.journal").exists())

    def test_a_reload_while_a_job_runs_disturbs_nobody(self):
        autoscaler = self.start_with_file(self.set_of("my-set"))
        self.wait_sessions({"my-set"})
        created = self.service.state()["counters"]["sessionsCreated"]
        self.run_job(milliseconds=5000)
        self.wait_until(lambda: self.jobs_in("running"), "the job does not run")
        self.write(self.set_of("my-set", "max_runners = 3"), self.set_of("second"))
        autoscaler.send_signal(signal.SIGHUP)
        self.wait_sessions({"my-set", "second"})
        self.assertTrue(self.log_has("max_runners: 10 -> 3 (in force at once)"))
        self.wait_jobs()
        self.assertEqual({one["result"] for one in self.state()["jobs"]}, {"succeeded"})
        self.assertEqual(self.service.state()["counters"]["sessionsCreated"], created + 1)
        self.stop(autoscaler)

    def test_a_bad_file_changes_nothing(self):
        autoscaler = self.start_with_file(self.set_of("my-set"))
        self.wait_sessions({"my-set"})
        good = self.file.read_text()
        said = "the configuration file cannot be used; everything goes on as it was"
        for number, content in enumerate((good[:len(good) // 2] + "\n[[", "", "#" * (2 << 20), good.replace("min_idle_age", "min_idle_ag")), 1):
            self.file.write_text(content)
            self.wait_until(lambda: self.log.read_text().count(said) == number, f"file {number} was not refused")
        self.file.unlink()
        self.file.mkdir()  # nobody can read it, root neither
        self.wait_until(lambda: self.log.read_text().count(said) == 5, "what cannot be read was not refused")
        self.run_job()
        self.wait_jobs()
        self.file.rmdir()
        self.write(self.set_of("my-set"), self.set_of("second"))
        self.wait_sessions({"my-set", "second"})
        self.stop(autoscaler)

    def test_a_scale_set_that_is_gone_is_drained_by_sighup_only(self):
        autoscaler = self.start_with_file(self.set_of("my-set"), self.set_of("second"))
        self.wait_sessions({"my-set", "second"})
        self.write(self.set_of("my-set"))
        self.wait_until(lambda: self.log_has("it is served nevertheless, until SIGHUP drains it"), "the change was not noticed")
        self.assertEqual(self.sessions(), {"my-set", "second"})
        autoscaler.send_signal(signal.SIGHUP)
        self.wait_sessions({"my-set"})
        self.assertEqual({one["name"] for one in self.state()["scaleSets"]}, {"my-set", "second"}, "it stays at the service")
        self.stop(autoscaler)

    def test_a_secret_is_rotated_without_a_restart(self):
        autoscaler = self.start_with_file(self.set_of("my-set"))
        self.wait_sessions({"my-set"})
        self.token_file.write_text("ghp_another\n")
        self.wait_until(lambda: self.log_has("a file with a secret has changed; it is read again"), "the change was not noticed")
        self.run_job()
        self.wait_jobs()
        self.stop(autoscaler)
        self.assertNotIn("ghp_another", self.log.read_text())

    def test_a_scale_set_of_a_process_with_flags_is_taken_over_when_that_has_ended(self):
        flags_log = self.folder / "flags.log"
        flags = start([BINARY, *self.run_arguments(self.url)], flags_log)
        self.addCleanup(lambda: end(flags))
        self.wait_sessions({"my-set"})
        self.run_job(milliseconds=12000)
        self.wait_until(lambda: self.jobs_in("running"), "the job does not run")
        autoscaler = self.start_with_file(self.set_of("my-set", 'labels = ["my-set", "more"]'), self.set_of("second"))
        self.wait_until(lambda: self.log_has("another process"), "the lock was not noticed")
        self.wait_sessions({"my-set", "second"})
        flags.send_signal(signal.SIGTERM)  # leaves the runner running
        self.assertEqual(flags.wait(60), 0, flags_log.read_text())
        self.wait_until(lambda: self.log_has("took over what another journal says"), "the journal was not imported")
        self.wait_until(lambda: self.log_has("adopted the runner"), "the runner was not taken over")
        self.wait_all_done()
        # It was ours and still is, so it may be changed.
        self.wait_until(lambda: self.log_has("changed the settings of the scale set"), "the labels were not changed")
        self.stop(autoscaler)
        self.assertEqual(list((self.folder / "work").glob("*.journal")), [])

    def test_sigterm_leaves_runners_for_the_next_start(self):
        autoscaler = self.start_with_file(self.set_of("my-set"))
        self.wait_sessions({"my-set"})
        self.run_job(milliseconds=8000)
        self.wait_until(lambda: self.jobs_in("running"), "the job does not run")
        autoscaler.send_signal(signal.SIGTERM)
        self.assertEqual(autoscaler.wait(60), 0, self.log.read_text())
        autoscaler = self.start_with_file(self.set_of("my-set"))
        self.wait_until(lambda: self.log_has("adopted the runner"), "the runner was not taken over")
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_scale_set_that_the_next_start_does_not_have_is_drained(self):
        second = self.set_of("second", "min_idle = 1")
        autoscaler = self.start_with_file(self.set_of("my-set"), second)
        self.wait_sessions({"my-set", "second"})
        self.run_job("second", milliseconds=6000)
        self.wait_until(lambda: self.jobs_in("running"), "the job does not run")
        self.wait_until(lambda: len(self.state()["runners"]) == 2, "no runner stands by")
        autoscaler.send_signal(signal.SIGTERM)
        self.assertEqual(autoscaler.wait(60), 0, self.log.read_text())
        autoscaler = self.start_with_file(self.set_of("my-set"))
        self.wait_until(lambda: self.log_has("a scale set of which there are runners is not configured; it is to be drained"), "it was forgotten")
        socket = self.folder / "state/scaleset.sock"
        self.wait_until(socket.exists, "there is no socket")
        shown = self.call("status", "--once", "--socket", socket).stdout
        self.assertIn("it is not configured any more: its runners finish, and then it is left alone", shown)
        self.wait_jobs()
        self.assertEqual({job["result"] for job in self.state()["jobs"]}, {"succeeded"})
        self.wait_until(lambda: self.state()["runners"] == [], "its runners were not removed")
        self.wait_until(lambda: "second" not in self.call("status", "--once", "--socket", socket).stdout, "it is still served")
        self.assertEqual({one["name"] for one in self.state()["scaleSets"]}, {"my-set", "second"}, "it stays at the service")
        self.stop(autoscaler)
        self.assertEqual(self.sessions(), set())

    def test_too_few_open_files_are_told_at_the_start_and_in_the_status(self):
        self.write(self.set_of("my-set"))
        limited = ["sh", "-c", f"ulimit -n 56; exec {BINARY} run --config {self.file}"]
        autoscaler = start(limited, self.log)
        self.addCleanup(lambda: end(autoscaler))
        self.wait_sessions({"my-set"})
        self.assertTrue(self.log_has("this process may have 56 open files, and needs about 134 for the 10 runners"), self.log.read_text())
        socket = self.folder / "state/scaleset.sock"
        self.run_job()
        self.wait_until(lambda: "no room for a single runner" in self.call("status", "--once", "--socket", socket).stdout, "it is not told")
        autoscaler.send_signal(signal.SIGINT)
        self.assertEqual(autoscaler.wait(60), 0, self.log.read_text())

    def test_a_budget_is_shared(self):
        sets = [self.set_of(name, 'budget = "host"') for name in ("my-set", "second")]
        autoscaler = self.start_with_file(*sets, head="[budget.host]\nslots = 1\n")
        self.wait_sessions({"my-set", "second"})
        for label in ("my-set", "second"):
            self.run_job(label, milliseconds=2000)
        most = 0
        while any(job["state"] != "completed" for job in self.state()["jobs"]):
            most = max(most, len(self.jobs_in("running")))
        self.assertEqual(most, 1)
        self.stop(autoscaler)

    def test_scale_sets_of_a_budget_without_a_session_leave_the_autoscaler_alive(self):
        names = [f"set-{number}" for number in range(6)]
        autoscaler = self.start_with_file(*[self.set_of(name, 'budget = "host"') for name in names], head="[budget.host]\nslots = 3\n")
        self.wait_sessions(set(names))
        for name in names:
            for _ in range(5):
                self.run_job(name, milliseconds=500)
        self.wait_until(lambda: self.jobs_in("running"), "no job runs")
        self.service.call("POST", "/_sim/faults", {"route": "create_session", "kind": "session_conflict", "seconds": 5})
        socket = self.folder / "state/scaleset.sock"
        resets = [subprocess.Popen([BINARY, "set", "reset-session", name, "--socket", socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=environment()) for name in names]
        while any(reset.poll() is None for reset in resets):
            self.assertEqual(self.call("status", "--once", "--socket", socket).returncode, 0, "it does not answer")
        self.wait_jobs()
        self.stop(autoscaler)


class ConfigCommandTest(EndToEndTest):
    def good_file(self):
        self.make_runner_dir()
        file = self.folder / "scaleset.toml"
        made = self.call("config", "init", "--url", "https://github.com/my-org", "--name", "linux", "--token-file", self.token_file,
                         "--runner-dir", self.folder / "runner", "--output", file)
        self.assertEqual(made.returncode, 0, made.stderr)
        return file

    def test_what_init_writes_can_be_used(self):
        file = self.good_file()
        checked = self.call("config", "check", file)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn("1 scale set:\n  linux of https://github.com/my-org\n", checked.stdout)
        again = self.call("config", "init", "--output", file)
        self.assertEqual(again.returncode, 4, "nothing is overwritten")

    def test_check_tells_everything_at_once(self):
        file = self.good_file()
        file.write_text(file.read_text() + 'max_runers = 3\nbudget = "host"\n')
        checked = self.call("config", "check", file)
        self.assertEqual(checked.returncode, 2)
        self.assertIn('did you mean "max_runners"?', checked.stderr)
        self.assertIn("there is no [budget.host]", checked.stderr)
        self.assertIn(f"{file}:", checked.stderr)

    def test_show_has_the_defaults_and_no_secret(self):
        shown = self.call("config", "show", self.good_file())
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn('max_idle = "30m"  # default', shown.stdout)
        self.assertNotIn(TOKEN, shown.stdout)

    def test_diff_tells_the_effect(self):
        file = self.good_file()
        other = self.folder / "other.toml"
        other.write_text(file.read_text() + "min_idle = 2\n")
        found = self.call("config", "diff", other, "--from", file)
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn("min_idle: 0 -> 2 (in force at once)", found.stdout)

    def test_schema_is_json(self):
        self.assertEqual(json.loads(self.call("config", "schema").stdout)["type"], "object")

    def test_flags_beside_a_file_are_named(self):
        file = self.good_file()
        ended = self.call("run", "--config", file, "--max-runners", "3", SCALESET_URL="https://github.com/my-org")
        self.assertEqual(ended.returncode, 2)
        self.assertIn("--max-runners", ended.stderr)
        self.assertIn("SCALESET_URL", ended.stderr)

    def test_a_bad_file_starts_nothing(self):
        file = self.good_file()
        file.write_text(file.read_text().replace("linux", ""))
        ended = self.call("run", "--config", file)
        self.assertEqual(ended.returncode, 2, ended.stderr)
        self.assertIn(f"{file}:", ended.stderr)


if __name__ == "__main__":
    unittest.main()
