"""The control socket and its commands, and what the service manager is told: the real program with real processes."""

import fcntl
import json
import os
import pathlib
import pty
import select
import signal
import socket
import stat
import struct
import subprocess
import termios

from e2e import BINARY, MUST_HAPPEN_WITHIN, RunningTest, end, environment, runners_in, start


class ControlledTest(RunningTest):
    def socket_path(self):
        return next((self.folder / "work").glob("*.sock"), None)

    def start_controlled(self, *extra):
        autoscaler = self.start_autoscaler(self.url, *extra)
        self.wait_session()
        self.wait_until(self.socket_path, "there is no socket")
        return autoscaler

    def control(self, *arguments, code=0):
        done = self.call(*arguments, "--socket", self.socket_path() or "/nowhere")
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr, self.log.read_text()))
        self.assertEqual(done.stderr == "", code == 0, done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def status(self):
        return self.control("status")["sets"][0]

    def runners(self, *states):
        return [runner["name"] for runner in self.status()["runners"] if runner["state"] in states]


class Control(ControlledTest):
    def test_status_shows_jobs_and_runners_and_only_its_owner_may_ask(self):
        autoscaler = self.start_controlled()
        self.assertEqual(stat.S_IMODE(self.socket_path().stat().st_mode), 0o600)
        self.assertTrue(self.log_has("listening for commands"))
        self.queue(1, milliseconds=5000)
        self.wait_until(lambda: self.runners("busy"), "no runner is busy")
        shown = self.status()
        self.assertEqual((shown["name"], shown["ready"], shown["maxRunners"], shown["suspended"]), ("my-set", True, 4, ""))
        self.wait_until(lambda: any(r["job"] and r["job"]["jobId"] for r in self.status()["runners"]) or self.jobs_in("completed"), "its job is not shown")
        once = self.call("status", "--once", "--socket", self.socket_path())
        self.assertIn("my-set  ", once.stdout)
        self.assertIn("max 4", once.stdout)
        self.assertNotIn("\x1b", once.stdout)
        path = self.socket_path()
        self.stop(autoscaler)
        self.assertFalse(path.exists())
        self.assertIn("no autoscaler listens at", self.call("status", "--socket", path).stderr)

    def test_status_on_a_terminal_is_drawn_again_and_fits_after_a_resize(self):
        autoscaler = self.start_controlled()
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        self.resize(ours, rows=40, columns=120)
        shown = subprocess.Popen([BINARY, "status", "--socket", self.socket_path()], stdout=theirs, stderr=subprocess.DEVNULL, env=environment())
        os.close(theirs)
        self.addCleanup(lambda: end(shown))
        wide = self.pictures_until(ours, lambda text: f"{self.url}/default/my-set" in text)
        self.assertIn("runners  none; min 0, max 4", wide)
        self.assertNotIn("\x1b[3J", wide, "what was on the screen before stays")
        self.assertNotRegex(wide, r"\x1b\[[0-9;]*m", "no colours, so NO_COLOR changes nothing")
        self.resize(ours, rows=5, columns=30)
        narrow = self.pictures_until(ours, lambda text: "more lines: " in text)
        self.assertNotIn("default/my-set", narrow.rpartition("\x1b[H")[2])
        self.stop(autoscaler)
        self.resize(ours, rows=40, columns=120)
        self.pictures_until(ours, lambda text: "no autoscaler listens at" in text)
        shown.send_signal(signal.SIGINT)
        self.assertEqual(shown.wait(MUST_HAPPEN_WITHIN), 0)

    def resize(self, terminal, rows, columns):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def pictures_until(self, terminal, condition):
        """What is drawn until the condition holds for all of it."""
        text = ""

        def more():
            nonlocal text
            while select.select([terminal], [], [], 0)[0]:
                text += os.read(terminal, 65536).decode()
            return condition(text)

        self.wait_until(more, "it was not drawn")
        return text

    def test_the_only_autoscaler_is_found(self):
        autoscaler = self.start_controlled()
        found = self.call("status", RUNTIME_DIRECTORY=str(self.folder / "work"), HOME=str(self.folder))
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertEqual(json.loads(found.stdout)["processId"], autoscaler.pid)
        none = self.call("status", HOME=str(self.folder))
        self.assertEqual(none.returncode, 3)
        self.assertIn("no autoscaler was found", none.stderr)

    def test_a_pause_lasts_through_a_kill_until_it_is_resumed(self):
        autoscaler = self.start_controlled("--min-runners", "1")
        self.wait_until(lambda: self.runners("idle"), "no runner is idle")
        self.assertTrue(self.control("pause", "my-set")["set"].endswith("/default/my-set"))
        autoscaler.kill()
        autoscaler.wait()
        autoscaler = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.log_has("the scale set stays as an operator has left it"), "it was not said")
        self.wait_until(lambda: self.status()["phase"] == "serving", "it is not served")
        shown = self.status()
        self.assertEqual((shown["suspended"], shown["ready"], shown["capacity"]), ("paused", False, 0))
        self.queue(2)
        self.control("resume", "my-set")
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_drained_scale_set_finishes_its_jobs_and_takes_no_others(self):
        autoscaler = self.start_controlled("--min-runners", "1")
        self.queue(1, milliseconds=3000)
        self.wait_until(lambda: self.runners("busy"), "no runner is busy")
        self.control("drain", "my-set")
        self.wait_until(lambda: self.jobs_in("completed"), "the job was not done")
        self.wait_until(lambda: not self.status()["runners"], "a runner is left")
        self.assertIsNone(autoscaler.poll())
        self.control("resume", "my-set")
        self.wait_until(lambda: self.runners("idle"), "no runner is started again")
        self.stop(autoscaler)

    def test_a_drain_of_all_ends_the_process_when_the_jobs_are_done(self):
        autoscaler = self.start_controlled()
        self.queue(1, milliseconds=2000)
        self.wait_until(lambda: self.runners("busy"), "no runner is busy")
        self.assertEqual(self.control("drain"), {"draining": True})
        self.assertEqual(autoscaler.wait(MUST_HAPPEN_WITHIN), 0)
        self.assertEqual([job["result"] for job in self.jobs_in("completed")], ["succeeded"])
        self.assert_nothing_left()

    def test_a_runner_is_added_and_retired_and_a_busy_one_is_not(self):
        autoscaler = self.start_controlled()
        name = self.control("runner", "add", "--set", "my-set")["runner"]
        self.wait_until(lambda: self.runners("idle") == [name], "it did not start")
        self.assertEqual(self.control("runner", "retire", name)["runner"], name)
        self.wait_until(lambda: not self.status()["runners"], "it did not go")
        self.queue(1, milliseconds=5000)
        self.wait_until(lambda: self.runners("busy"), "no runner is busy")
        self.assertIn("has a job", self.control("runner", "retire", self.runners("busy")[0], code=4))
        self.assertIn("no runner", self.control("runner", "retire", "nobody", code=3))
        self.assertIn("no scale set", self.control("runner", "add", "--set", "other", code=3))
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_session_is_opened_anew_and_jobs_go_on(self):
        autoscaler = self.start_controlled()
        self.queue(1, milliseconds=3000)
        self.wait_until(lambda: self.runners("busy"), "no runner is busy")
        before = self.state()["scaleSets"][0]["session"]
        self.control("set", "reset-session", "my-set")
        after = self.state()["scaleSets"][0]["session"]
        self.assertTrue(after)
        self.assertNotEqual(before, after)
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_a_scale_set_is_deleted_when_its_last_runner_is_gone(self):
        autoscaler = self.start_controlled("--min-runners", "1")
        self.queue(1, milliseconds=2000)
        self.wait_until(lambda: self.runners("busy"), "no runner is busy")
        self.assertTrue(self.control("set", "delete", "my-set", "--wait")["deleted"])
        self.assertEqual([job["result"] for job in self.jobs_in("completed")], ["succeeded"])
        self.assertEqual(autoscaler.wait(MUST_HAPPEN_WITHIN), 0, self.log.read_text())
        self.assertEqual(self.state()["scaleSets"], [])

    def test_one_that_is_served_is_deleted_by_its_autoscaler_only(self):
        autoscaler = self.start_controlled()
        arguments = ("set", "delete", "my-set", "--url", self.url, "--token-file", self.token_file)
        refused = self.call(*arguments, "--socket", self.socket_path())
        self.assertEqual(refused.returncode, 4, refused.stderr)
        self.assertIn(f"use `scaleset set delete NAME --wait --socket {self.socket_path()}`", refused.stderr)
        self.assertEqual(len(self.state()["scaleSets"]), 1)
        path = self.socket_path()
        self.stop(autoscaler)
        deleted = self.call(*arguments, "--socket", path)
        self.assertEqual(deleted.returncode, 0, deleted.stderr)
        self.assertEqual(self.state()["scaleSets"], [])

    def test_a_reload_reads_the_secrets(self):
        autoscaler = self.start_controlled()
        self.assertEqual(self.control("reload"), {"read": "secrets and certificates"})
        self.stop(autoscaler)


class ControlOfAFile(ControlledTest):
    """Two scale sets with one name, of two organizations."""

    def socket_path(self):
        path = self.folder / "state/scaleset.sock"
        return path if path.exists() else None

    def write(self, most):
        sets = "".join(f'[[scale_set]]\nurl = "{self.service.url}/{name}"\nname = "my-set"\nmax_runners = {most}\n' for name in ("my-org", "other-org"))
        (self.folder / "new.toml").write_text(
            f'state_dir = "{self.folder}/state"\n[credential.main]\ntoken = {{ file = "{self.token_file}" }}\n'
            f'[template.linux]\nrunner_dir = "{self.folder}/runner"\nwork_dir = "{self.folder}/work"\n{sets}')
        (self.folder / "new.toml").replace(self.folder / "scaleset.toml")

    def test_scale_sets_of_one_name_are_told_apart_and_a_reload_says_what_changed(self):
        self.write(3)
        self.log = self.folder / "run.log"
        autoscaler = start([BINARY, "run", "--config", self.folder / "scaleset.toml"], self.log)
        self.addCleanup(lambda: end(autoscaler))
        self.wait_session()
        self.wait_until(self.socket_path, "there is no socket")
        self.wait_until(lambda: all(one["ready"] for one in self.control("status")["sets"]), "they are not ready")
        self.assertIn("more than one scale set", self.control("pause", "my-set", code=2))
        other = next(one["address"] for one in self.control("status")["sets"] if "other-org" in one["address"])
        self.assertEqual(self.control("pause", other), {"set": other, "state": "paused", "idle": 0, "busy": 0})
        self.assertEqual({one["suspended"] for one in self.control("status")["sets"] if one["address"] != other}, {""})
        self.queue(1)
        self.wait_all_done()
        self.write(2)
        changes = self.control("reload")["changes"]
        self.assertTrue(any("max_runners: 3 -> 2" in change for change in changes), changes)
        (self.folder / "scaleset.toml").write_text("no = ")
        self.assertIn("everything goes on as it was", self.control("reload", code=2))
        self.assertEqual(self.control("status", other)["sets"][0]["suspended"], "paused")
        self.stop(autoscaler)


class BadClients(ControlledTest):
    def test_clients_that_do_not_behave_delay_no_job(self):
        autoscaler = self.start_controlled()
        clients = []
        for number in range(2000):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            try:
                client.connect(str(self.socket_path()))
                if number % 3 == 0:
                    client.send(b"\x00\xff{" * 1000)
                elif number % 3 == 1:
                    client.send(b'{"command":"sta')
            except OSError:
                pass  # it has no room for more
            clients.append(client)
        self.queue(1)
        self.wait_all_done()
        for client in clients:
            client.close()
        self.wait_until(lambda: self.call("status", "--socket", self.socket_path()).returncode == 0, "it does not answer any more")
        self.stop(autoscaler)
        self.assert_nothing_left()

    def assert_goes_on_without(self, path, reason):
        autoscaler = self.start_autoscaler(self.url, "--socket", path)
        self.wait_session()
        lines = [line for line in self.log.read_text().splitlines() if "it goes on without" in line]
        self.assertEqual(len(lines), 1, self.log.read_text())
        self.assertIn(reason, lines[0])
        self.queue(1)
        self.wait_all_done()
        self.stop(autoscaler)

    def test_a_foreign_file_in_the_way_is_left_alone(self):
        path = self.folder / "mine"
        path.write_text("mine")
        self.assert_goes_on_without(path, "a file that is no socket")
        self.assertEqual(path.read_text(), "mine")

    def test_a_path_that_is_too_long_is_told(self):
        self.assert_goes_on_without(self.folder / ("x" * 120), "that a socket may have")

    def test_a_socket_that_somebody_listens_at_is_left_alone(self):
        path = self.folder / "other.sock"
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
            other.listen()
            self.assert_goes_on_without(path, "another process listens")

    def test_the_socket_of_a_process_that_was_killed_is_replaced(self):
        autoscaler = self.start_controlled()
        autoscaler.kill()
        autoscaler.wait()
        self.assertTrue(self.socket_path().exists())
        autoscaler = self.start_autoscaler(self.url)
        self.wait_until(lambda: self.call("status", "--socket", self.socket_path()).returncode == 0, "it does not answer")
        self.stop(autoscaler)


class CoreDump(ControlledTest):
    def test_only_root_may_look_into_the_process(self):
        if os.geteuid() != 0:
            self.skipTest("only root can start a process of another user")
        nobody = 65534
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, nobody, nobody)
        self.log = self.folder / "run.log"
        with open(self.log, "ab") as output:
            process = subprocess.Popen([str(BINARY), *map(str, self.run_arguments(self.url))], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                       start_new_session=True, env=environment(), user=nobody, group=nobody, extra_groups=[])
        self.addCleanup(lambda: end(process))
        self.wait_session()
        # The kernel gives the files of a process to root that leaves no core dump.
        self.assertEqual(os.stat(f"/proc/{process.pid}/environ").st_uid, 0)
        self.queue(1, milliseconds=2000)
        self.wait_until(lambda: runners_in(self.folder), "no runner was started")
        self.assertEqual({os.stat(f"/proc/{pid}/environ").st_uid for pid in runners_in(self.folder)}, {nobody})
        self.wait_all_done()
        self.stop(process)


class ServiceManager(ControlledTest):
    def start_notified(self, address, **extra):
        self.log = self.folder / "run.log"
        with open(self.log, "ab") as output:
            process = subprocess.Popen([str(BINARY), *map(str, self.run_arguments(self.url, "--pass-env", "NOTIFY_SOCKET,WATCHDOG_USEC"))],
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                                       env=environment(NOTIFY_SOCKET=address, **extra))
        self.addCleanup(lambda: end(process))
        return process

    def messages(self, manager, until):
        found = []
        while not any(until in message for message in found):
            found.append(manager.recv(4096).decode())
        return found

    def test_it_is_told_of_start_watchdog_reload_and_stop_and_runners_do_not_see_it(self):
        for address in (str(self.folder / "notify"), f"@scaleset-e2e-{os.getpid()}"):
            with self.subTest(address), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
                manager.bind(address.replace("@", "\0"))
                manager.settimeout(MUST_HAPPEN_WITHIN)
                autoscaler = self.start_notified(address, WATCHDOG_USEC="1000000")
                self.messages(manager, "READY=1\nSTATUS=serving 1 scale set")
                self.messages(manager, "WATCHDOG=1")
                self.queue(1, milliseconds=2000)
                self.wait_until(lambda: runners_in(self.folder), "no runner was started")
                for pid in runners_in(self.folder):
                    self.assertNotIn(b"NOTIFY_SOCKET", pathlib.Path(f"/proc/{pid}/environ").read_bytes())
                autoscaler.send_signal(signal.SIGHUP)
                self.assertRegex(self.messages(manager, "RELOADING=1")[-1], r"^RELOADING=1\nMONOTONIC_USEC=[0-9]+$")
                self.messages(manager, "READY=1")
                autoscaler.send_signal(signal.SIGINT)
                self.messages(manager, "STOPPING=1\nSTATUS=SIGINT was received")
                self.assertEqual(autoscaler.wait(MUST_HAPPEN_WITHIN), 0)



class FirstProcess(ControlledTest):
    """As PID 1 of a container. Needs to be root."""

    def zombies_below(self, parent):
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(") ")[2].split()
            except OSError:
                continue  # it has ended meanwhile
            if fields[0] == "Z" and int(fields[1]) == parent:
                found.append(int(path.parent.name))
        return found

    def child_of(self, parent):
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(path.read_text().rpartition(") ")[2].split()[1]) == parent:
                    return int(path.parent.name)
            except OSError:
                continue
        return None

    def test_children_that_others_leave_are_waited_for(self):
        space = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        if subprocess.run([*space, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this user may not make a namespace for processes")
        orphans = self.folder / "orphans"
        arguments = self.run_arguments(self.url)
        position = arguments.index("--token-file")
        # Its own child outlives the shell, and nobody but PID 1 can wait for it.
        arguments[position:position + 2] = ["--token-command", f"setsid sh -c 'echo x > {orphans}; exec sleep 1' </dev/null >/dev/null 2>&1 & cat {self.token_file}"]
        self.log = self.folder / "run.log"
        space = start([*space, BINARY, *arguments], self.log)
        self.addCleanup(lambda: end(space))
        self.wait_session()
        autoscaler = self.child_of(space.pid)
        self.wait_until(orphans.exists, "no process was left")
        self.wait_until(lambda: self.zombies_below(autoscaler), "no zombie was seen")
        self.queue(1)
        self.wait_all_done()
        self.wait_until(lambda: not self.zombies_below(autoscaler), "zombies stay")
        os.kill(autoscaler, signal.SIGTERM)
        self.assertEqual(space.wait(MUST_HAPPEN_WITHIN), 0, self.log.read_text())
