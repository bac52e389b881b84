"""The real program with real processes: it runs jobs, survives failures, stops in order, and shows no secret anywhere."""

import json
import os
import pathlib
import signal
import subprocess
import unittest
import urllib.request

from e2e import BINARY, MUST_HAPPEN_WITHIN, ORGANIZATION, TOKEN, RunningTest, end, environment, start


class Run(RunningTest):
    def test_jobs_run_and_nothing_is_left(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(8)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_jobs_queued_before_the_start_are_served(self):
        self.queue(2)
        autoscaler = self.start_autoscaler(self.url)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_github_app_credentials(self):
        key = self.folder / "key.pem"
        made = self.call("simulate", "app-key", key)
        self.assertEqual(made.returncode, 0, made.stderr)
        arguments = self.run_arguments(self.url)
        position = arguments.index("--token-file")
        arguments[position:position + 2] = ["--app-client-id", "Iv1.test", "--app-installation-id", "42", "--app-private-key-file", key]
        self.log = self.folder / "run.log"
        autoscaler = start([BINARY, *arguments], self.log)
        self.addCleanup(autoscaler.kill)
        self.wait_session()
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)

    def test_everything_from_the_environment(self):
        variables = environment(SCALESET_URL=self.url, SCALESET_NAME="my-set", GITHUB_TOKEN=TOKEN,
                                SCALESET_RUNNER_DIR=str(self.folder / "runner"), SCALESET_WORK_DIR=str(self.folder / "work"))
        self.log = self.folder / "run.log"
        with open(self.log, "wb") as log:
            autoscaler = subprocess.Popen([str(BINARY), "run"], env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(autoscaler.kill)
        self.wait_session()
        shown = pathlib.Path(f"/proc/{autoscaler.pid}/environ").read_bytes()
        self.assertNotIn(TOKEN.encode(), shown)
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)

    def test_warm_runners_are_kept_and_removed_at_the_end(self):
        autoscaler = self.start_autoscaler(self.url, "--min-runners", "2")
        self.wait_until(lambda: len([r for r in self.state()["runners"] if r["state"] == "online"]) == 2, "no warm runners")
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_busy_runner_is_left_to_finish(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(1, milliseconds=3000)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        self.stop(autoscaler)
        self.wait_all_done()
        self.assert_nothing_left()

    def running_job(self, milliseconds, *extra):
        autoscaler = self.start_autoscaler(self.url, *extra)
        self.wait_session()
        self.queue(1, milliseconds=milliseconds)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        return autoscaler

    def assert_detached(self, autoscaler):
        self.assertEqual(autoscaler.wait(MUST_HAPPEN_WITHIN), 0, self.log.read_text())
        self.assertTrue(self.jobs_in("running"), "the job did not outlive the autoscaler")
        self.assertEqual([s["session"] for s in self.state()["scaleSets"]], [None])
        self.assertTrue(self.log_has("left running"))

    def test_sigterm_detaches_and_the_next_start_takes_the_runners_over(self):
        autoscaler = self.running_job(4000)
        autoscaler.send_signal(signal.SIGTERM)
        self.assert_detached(autoscaler)
        self.assertTrue(self.log_has("detaching:"))
        started = self.service.state()["counters"]["runnersOnline"]
        again = self.start_autoscaler(self.url)
        self.wait_all_done()
        self.stop(again)
        self.assertEqual(self.service.state()["counters"]["runnersOnline"], started)
        self.assert_nothing_left()

    def test_a_second_signal_ends_a_drain_and_leaves_the_job_running(self):
        autoscaler = self.running_job(5000)
        autoscaler.send_signal(signal.SIGINT)
        self.wait_until(lambda: self.log_has("draining:"), "the first signal was not noticed")
        autoscaler.send_signal(signal.SIGINT)
        self.assert_detached(autoscaler)
        self.wait_all_done()

    def test_a_drain_lasts_no_longer_than_it_may(self):
        autoscaler = self.running_job(8000, "--drain-timeout", "0.5")
        autoscaler.send_signal(signal.SIGINT)
        self.assert_detached(autoscaler)
        self.assertTrue(self.log_has("--drain-timeout"))
        self.wait_all_done()

    def test_a_stop_does_not_wait_for_what_a_dead_runner_left_at_the_service(self):
        autoscaler = self.running_job(60000)
        runner = next(path for path in (self.folder / "work").glob("*/.scaleset/*.instance"))
        process = next(line for line in runner.read_text().splitlines() if line.startswith("process "))
        os.kill(int(process.split()[1]), signal.SIGKILL)
        self.wait_until(lambda: self.log_has("in the middle of a job"), "the end of the runner was not noticed")
        self.stop(autoscaler)

    def test_other_signals_end_nothing(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
            autoscaler.send_signal(number)
            noticed = "SIGHUP was received" if number == signal.SIGHUP else f"signal={number.name}"
            self.wait_until(lambda: self.log_has(noticed), f"{number.name} was not noticed")
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_killed_autoscaler_finds_its_runners_again(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(2, milliseconds=3000)
        self.wait_until(lambda: len(self.jobs_in("running")) == 2, "the jobs did not start")
        autoscaler.kill()
        autoscaler.wait()
        started = self.service.state()["counters"]["runnersOnline"]
        again = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.log_has("adopted the runner"), "the runners were not adopted")
        self.wait_session()
        self.wait_all_done()
        self.stop(again)
        self.assertEqual(self.service.state()["counters"]["runnersOnline"], started)
        self.assert_nothing_left()

    def test_failing_jit_calls_are_survived(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.service.call("POST", "/_sim/faults", {"route": "generate_jit_config", "status": 500, "count": 3})
        self.queue(2)
        self.wait_all_done()
        self.assertTrue(self.log_has("GenerateJitConfig"), self.log.read_text())
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_lost_jit_answer_leaves_no_registration(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.service.call("POST", "/_sim/faults", {"route": "generate_jit_config", "drop": "after", "count": 1})
        self.queue(1)
        self.wait_all_done()
        self.wait_until(lambda: not self.state()["runners"], "the registration was not removed")
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_service_that_answers_500_is_waited_out(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.service.call("POST", "/_sim/faults", {"route": "*", "status": 500, "seconds": 4})
        self.queue(1)
        self.wait_all_done()
        self.assertTrue(self.log_has("500"), self.log.read_text())
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_service_that_fails_at_the_start_is_waited_out(self):
        self.service.call("POST", "/_sim/faults", {"route": "*", "status": 500, "seconds": 4})
        autoscaler = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.log_has("trying again"), "the failure was not reported")
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_service_that_cannot_be_reached_at_the_start_is_waited_for(self):
        self.service.kill()
        autoscaler = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.log_has("onnect") and self.log_has("trying again"), "the failure was not reported")
        self.service.start()
        self.wait_session()
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_it_can_be_stopped_while_the_service_fails_at_the_start(self):
        self.service.call("POST", "/_sim/faults", {"route": "*", "status": 500, "seconds": 3600})
        autoscaler = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.log_has("trying again"), "the failure was not reported")
        self.stop(autoscaler)

    def test_a_scale_set_that_is_taken_is_waited_for(self):
        first = self.start_autoscaler(self.url)
        self.wait_session()
        first_log = self.log
        second_log = self.folder / "second.log"
        arguments = self.run_arguments(self.url)
        arguments[arguments.index("--work-dir") + 1] = self.folder / "work2"
        second = start([BINARY, *arguments], second_log)
        self.addCleanup(end, second)
        self.wait_until(lambda: "already has an active session" in second_log.read_text(), "the conflict was not reported")
        self.assertIsNone(second.poll())
        self.stop(first)
        self.log = second_log
        self.wait_session()
        self.queue(1)
        self.wait_all_done()
        self.stop(second)
        self.assertNotIn("already has an active session", first_log.read_text())

    def delete_scale_set(self):
        """Deletes the scale set through the service's own API, as somebody else would."""
        def post(path, authorization, body=None):
            request = urllib.request.Request(self.service.url + path, method="POST", data=json.dumps(body).encode() if body else b"",
                                             headers={"Authorization": authorization, "Content-Type": "application/json"})
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        registration = post(f"/api/v3/orgs/{ORGANIZATION}/actions/runners/registration-token", "Bearer other")["token"]
        admin = post("/api/v3/actions/runner-registration", f"RemoteAuth {registration}", {"url": self.url, "runner_event": "register"})
        number = self.state()["scaleSets"][0]["id"]
        request = urllib.request.Request(f"{admin['url']}/_apis/runtime/runnerscalesets/{number}?api-version=6.0-preview",
                                         method="DELETE", headers={"Authorization": f"Bearer {admin['token']}"})
        with urllib.request.urlopen(request, timeout=10) as response:
            self.assertEqual(response.status, 204)

    def test_a_scale_set_that_vanishes_is_created_again(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.delete_scale_set()
        self.wait_until(lambda: self.log_has("the scale set does not exist"), "the loss was not noticed")
        self.queue(1)
        self.wait_all_done()
        self.assertFalse(self.log_has("dropped without close"), "there was no session any more")
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_runner_that_dies_at_once_is_replaced_with_backoff(self):
        listener = self.folder / "runner" / "bin" / "Runner.Listener"
        good = listener.read_text()
        listener.unlink()
        listener.write_text("#!/bin/sh\necho cannot start: no such library >&2\nexit 1\n")
        listener.chmod(0o755)
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(1)
        self.wait_until(lambda: self.service.state()["counters"]["jitConfigs"] >= 3, "failing runners were not replaced")
        self.assertEqual(self.log.read_text().count("a runner ended before it had a job"), 1, "a cause is told once")
        self.assertIsNone(autoscaler.poll())
        listener.unlink()
        listener.write_text(good)
        listener.chmod(0o755)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_refused_version_parks_the_scale_set(self):
        self.service.call("PUT", "/_sim/runner-releases", {"minimum": "2.999.0"})
        self.queue(5)
        autoscaler = self.start_autoscaler(self.url)
        refused = "install a newer release of actions/runner"
        self.wait_until(lambda: self.log_has(refused), "the refusal was not reported")
        # Those that were on their way are refused as well, and that is all: the next one is tried in ten minutes.
        records = lambda: list((self.folder / "work").glob("*/.scaleset/*.instance"))
        self.wait_until(lambda: not records(), "refused runners did not end")
        self.assertLessEqual(self.service.state()["counters"]["jitConfigs"], 5)
        self.assertEqual(self.log.read_text().count(refused), 1)
        self.assertFalse(self.log_has("runners start again"))
        self.assertIsNone(autoscaler.poll())
        self.stop(autoscaler)

    def test_a_killed_service_comes_back(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(2, milliseconds=1500)
        self.wait_until(lambda: self.jobs_in("running"), "no job started")
        self.service.kill()
        self.wait_until(lambda: self.log_has("onnect"), "the outage was not reported")
        self.service.start()
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_no_secret_is_on_a_command_line_in_a_log_or_on_disk(self):
        autoscaler = self.start_autoscaler(self.url, "--log-level", "debug")
        self.wait_session()
        self.queue(1, milliseconds=2000)
        self.wait_until(lambda: self.jobs_in("running"), "the job did not start")
        for line in self.process_files("cmdline"):
            self.assertNotIn(TOKEN.encode(), line)
        runners = [line for line in self.process_files("cmdline") if b"simulate-runner" in line]
        self.assertTrue(runners)
        for line in runners:
            self.assertNotIn(b"jitconfig", line.lower())
            self.assertLess(len(line), 1024)  # a JIT configuration is about 4 KiB
        # What a JIT configuration consists of is in the runner's own folder while it runs, and nowhere afterwards.
        keys = [path.read_text() for path in (self.folder / "work").glob("*/*/.credentials_rsaparams")]
        self.assertEqual(len(keys), 1)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nowhere([TOKEN, "encodedJITConfig", "Bearer", "RemoteAuth", *keys])
        self.assertNotIn("eyJ", self.log.read_text())  # how every JSON web token begins
        self.assertNotIn(TOKEN, self.service_transcript())

    @staticmethod
    def process_files(name):
        """The content of /proc/PID/`name` for every process."""
        found = []
        for path in pathlib.Path("/proc").glob(f"[0-9]*/{name}"):
            try:
                found.append(path.read_bytes())
            except OSError:
                continue  # it has ended meanwhile, or belongs to somebody else
        return found

    def assert_nowhere(self, secrets):
        """No file that the autoscaler or its runners have left contains a secret, not even the journal."""
        own = {self.token_file, self.folder / "service.json"}
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in own:
                content = path.read_bytes()
                for secret in secrets:
                    self.assertNotIn(secret.encode(), content, path)

    def service_transcript(self):
        with urllib.request.urlopen(self.service.url + "/_sim/transcript", timeout=10) as response:
            return response.read().decode()


if __name__ == "__main__":
    unittest.main()
