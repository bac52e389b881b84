"""`scaleset gc`: what is left of scale sets that no process serves any more."""

import json
import os
import pty
import signal
import subprocess

from e2e import BINARY, RunningTest, environment, runners_in


class Gc(RunningTest):
    def gc(self, *arguments, url=None, code=0):
        done = self.call("gc", "--url", url or self.url, "--token-file", self.token_file, "--work-dir", self.folder / "work", *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return [(found["kind"], found["action"], found["why"]) for found in json.loads(done.stdout)] if code == 0 else done.stderr

    def on_a_terminal(self, *arguments):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        command = [BINARY, "gc", "--url", self.url, "--token-file", self.token_file, "--work-dir", self.folder / "work", *arguments]
        subprocess.run(command, stdout=theirs, env=environment(), check=True)
        os.close(theirs)
        return os.read(ours, 65536).decode().replace("\r\n", "\n")

    def files(self, pattern="**/*"):
        """All files of the work folder, with what is in them."""
        return {str(path): path.read_bytes() for path in (self.folder / "work").glob(pattern) if path.is_file()}

    def leave(self, kill_runners):
        """An autoscaler that is killed while it has an idle runner."""
        autoscaler = self.start_autoscaler(self.url, "--min-runners", "1")
        self.wait_session()
        self.wait_until(lambda: self.state()["runners"], "no runner was registered")
        self.wait_until(lambda: runners_in(self.folder), "no runner was started")
        self.wait_until(lambda: self.log_has("runner started"), "it was not recorded")
        self.assertEqual(self.gc(), [], "it is served")
        autoscaler.kill()
        autoscaler.wait()
        if kill_runners:
            for pid in runners_in(self.folder):
                os.kill(pid, signal.SIGKILL)
            self.wait_until(lambda: not runners_in(self.folder), "a runner lives on")

    def test_what_nobody_needs_is_listed_and_deleted_only_with_yes(self):
        self.leave(kill_runners=True)
        would = "would be deleted"
        expected = [(kind, would, "") for kind in ("registration", "instance", "scale_set", "journal_rows")]
        before = self.files()
        self.assertEqual(self.gc(), expected)
        self.assertEqual(self.gc("--dry-run"), expected)
        shown = self.on_a_terminal()
        self.assertIn(f"would be deleted: scale set {self.url}/default/my-set\n    no process of this machine serves it\n", shown)
        self.assertTrue(shown.endswith("\n\n4 would be deleted; nothing is deleted without --yes\n"), shown)
        self.assertEqual(len(json.loads(self.on_a_terminal("--json"))), 4)
        self.assertEqual(self.files(), before, "a look changes nothing")
        self.assertTrue(self.state()["runners"])
        self.assertIn("give only one of", self.gc("--yes", "--dry-run", code=2))
        # The service takes a while to notice that the runner is gone.
        self.wait_until(lambda: not any(action == "kept" for _, action, _ in self.gc("--yes")), "the scale set was not deleted")
        self.assertEqual(self.gc(), [])
        self.assertEqual((self.state()["runners"], self.state()["scaleSets"]), ([], []))
        self.assertEqual(list((self.folder / "work").glob("*/[!.]*")), [])

    def test_a_runner_is_found_although_the_journal_is_gone(self):
        self.leave(kill_runners=True)
        for journal in (self.folder / "work").glob("*.journal*"):
            journal.unlink()
        self.assertEqual(self.gc("--yes"), [("registration", "deleted", ""), ("instance", "deleted", "")])
        self.assertEqual(self.gc("--yes"), [])
        self.assertEqual(self.state()["runners"], [])
        self.assertEqual(list((self.folder / "work").glob("*/[!.]*")), [])

    def test_nothing_of_a_scale_set_is_touched_of_which_a_runner_runs(self):
        self.leave(kill_runners=False)
        self.assertEqual({action for _, action, _ in self.gc("--yes")}, {"kept"})
        self.assertTrue(runners_in(self.folder))
        self.assertTrue(self.state()["scaleSets"])
        again = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(1)
        self.wait_all_done()
        self.stop(again)

    def test_what_belongs_to_another_url_is_kept(self):
        self.leave(kill_runners=True)
        found = self.gc("--yes", url=f"{self.service.url}/other-org")
        self.assertEqual([(kind, action) for kind, action, _ in found], [("instance", "kept"), ("journal_rows", "kept")])
        self.assertTrue(self.state()["scaleSets"])
