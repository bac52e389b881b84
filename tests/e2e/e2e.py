"""What the end-to-end tests share. SCALESET_BINARY names the program under test."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from service_process import Service, end, start, tenant, wait_for  # noqa: E402  (the path is set above)

BINARY = pathlib.Path(os.environ["SCALESET_BINARY"])
ORGANIZATION = "my-org"
TOKEN = "ghp_theTokenThatMustNeverBeSeen"
MUST_HAPPEN_WITHIN = 60


def environment(**extra):
    """Ours without anything that the program would read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCALESET_", "GITHUB_"))}
    return {**kept, **extra}


class EndToEndTest(unittest.TestCase):
    """A temporary folder with a token file; processes that were started are ended."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="scaleset-e2e-")))
        self.token_file = self.folder / "token"
        self.token_file.write_text(TOKEN + "\n")

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


__all__ = ["BINARY", "MUST_HAPPEN_WITHIN", "ORGANIZATION", "TOKEN", "EndToEndTest", "end", "environment", "start", "tenant", "wait_for"]
