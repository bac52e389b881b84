"""What the end-to-end tests share. TEST_SCALESET names the program under test."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from service_process import Service, end, start, tenant, wait_for  # noqa: E402  (the path is set above)

BINARY = pathlib.Path(os.environ["TEST_SCALESET"])
ORGANIZATION = "my-org"
TOKEN = "ghp_theTokenThatMustNeverBeSeen"
MUST_HAPPEN_WITHIN = 60


def environment(**extra):
    """Our environment without the variables that the program reads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCALESET_", "GITHUB_"))}
    return {**kept, **extra}


def runners_in(folder):
    """The process ids of all programs that were started by runners below the folder."""
    marker = f"SCALESET_INSTANCE={folder.resolve()}/".encode()
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if any(entry.startswith(marker) for entry in path.read_bytes().split(b"\0")):
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has ended meanwhile, or belongs to somebody else
    return found


def end_runners_in(folder):
    """Again and again, since a process may start another one before the signal reaches it."""
    while runners := runners_in(folder):
        for pid in runners:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)


class EndToEndTest(unittest.TestCase):
    """Has a temporary folder with a token file, and ends the processes that it started."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="scaleset-e2e-")))
        # Runners outlive an autoscaler that is ended by SIGTERM, as cleaning up does, or killed.
        self.addCleanup(lambda: end_runners_in(self.folder))
        self.token_file = self.folder / "token"
        self.token_file.write_text(TOKEN + "\n")
        self.token_file.chmod(0o600)  # else every call warns

    def call(self, *arguments, **extra):
        """Runs the program to its end."""
        return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True, timeout=MUST_HAPPEN_WITHIN,
                              stdin=subprocess.DEVNULL, env=environment(**extra), cwd=self.folder)

    def start_service(self, *arguments):
        service = Service(BINARY, self.folder, *arguments)
        service.start()
        self.addCleanup(lambda: end(service.process))
        return service

    def make_runner_dir(self):
        made = self.call("simulate", "runner-dir", self.folder / "runner")
        self.assertEqual(made.returncode, 0, made.stderr)
        return self.folder / "runner"

    def run_arguments(self, url, *extra):
        return ["run", "--url", url, "--name", "my-set", "--token-file", self.token_file, "--runner-dir", self.folder / "runner",
                "--work-dir", self.folder / "work", "--max-runners", "4", "--min-idle-age", "0", *extra]

    def start_autoscaler(self, url, *extra):
        self.log = self.folder / "run.log"
        process = start([BINARY, *self.run_arguments(url, *extra)], self.log)
        self.addCleanup(lambda: end(process))
        return process

    def wait_until(self, condition, what):
        wait_for(condition, MUST_HAPPEN_WITHIN, what)


class RunningTest(EndToEndTest):
    """Starts a service and can look at its state. The test starts the autoscaler."""

    profile = "broker"
    service_flags = ()

    def setUp(self):
        super().setUp()
        self.make_runner_dir()
        self.service = self.start_service("--profile", self.profile, *self.service_flags, "--state", self.folder / "service.json")
        self.url = f"{self.service.url}/{ORGANIZATION}"

    def state(self):
        return tenant(self.service.state() or {"tenants": []}, ORGANIZATION) or {"scaleSets": [], "runners": [], "jobs": []}

    def queue(self, count, milliseconds=100, **more):
        return self.service.call("POST", "/_sim/jobs", {"tenant": ORGANIZATION, "labels": ["my-set"], "count": count,
                                                        "durationMilliseconds": milliseconds, **more})["jobIds"]

    def wait_session(self):
        self.wait_until(lambda: any(s["session"] for s in self.state()["scaleSets"]), "no session was opened")

    def jobs_in(self, *states):
        return [job for job in self.state()["jobs"] if job["state"] in states]

    def wait_all_done(self, result="succeeded"):
        self.wait_until(lambda: (jobs := self.state()["jobs"]) and all(job["state"] == "completed" for job in jobs), "jobs were not done")
        self.assertEqual({job["result"] for job in self.state()["jobs"]}, {result})

    def stop(self, process, code=0):
        """Drains: waits for all runners."""
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), code, self.log.read_text())

    def assert_nothing_left(self):
        self.assertEqual(self.state()["runners"], [])
        self.assertEqual([s["session"] for s in self.state()["scaleSets"]], [None])
        self.assertEqual(list((self.folder / "work").glob("*/[!.]*")), [])
        self.assertEqual(list((self.folder / "work").glob("*/.scaleset/*.instance")), [])

    def log_has(self, text):
        return text in self.log.read_text()


__all__ = ["BINARY", "MUST_HAPPEN_WITHIN", "ORGANIZATION", "TOKEN", "EndToEndTest", "RunningTest", "end", "environment", "runners_in", "start", "tenant", "wait_for"]
