"""Every primitive of the command line, against the simulator: JSON on standard output, messages on standard error, and exit codes."""

import http.server
import json
import shutil
import signal
import subprocess
import threading
import unittest

from e2e import BINARY, MUST_HAPPEN_WITHIN, ORGANIZATION, TOKEN, EndToEndTest, end, environment
from log_test import full_pipe

NOT_FOUND, CONFLICT, REFUSED, NO_ANSWER = 3, 4, 5, 6


def serve(test, answers):
    """A service that answers GET with these objects by path, and 404 otherwise. Returns its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found = answers.get(self.path)
            body = json.dumps(found or {"message": "Not Found"}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    test.addCleanup(lambda: (server.shutdown(), thread.join(), server.server_close()))
    return f"http://127.0.0.1:{server.server_port}"


class Primitives(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.service = self.start_service("--hold-time", "1")
        self.url = f"{self.service.url}/{ORGANIZATION}"

    def primitive(self, *arguments, **extra):
        return self.call(*arguments, "--url", self.url, "--token-file", self.token_file, **extra)

    def answer(self, *arguments, **extra):
        result = self.primitive(*arguments, **extra)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.stdout.count("\n"), 1)
        self.assertNotIn(TOKEN, result.stdout)
        return json.loads(result.stdout)

    def refused(self, code, text, *arguments, **extra):
        result = self.primitive(*arguments, **extra)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(text, result.stderr)
        self.assertNotIn(TOKEN, result.stderr)

    def listen(self, *arguments):
        process = subprocess.Popen([BINARY, "listen", "--set", "my-set", "--url", self.url, "--token-file", self.token_file, *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=self.folder)
        self.addCleanup(lambda: (end(process), process.stdout.close(), process.stderr.close()))
        return process

    def queue(self, count):
        self.service.call("POST", "/_sim/jobs", {"tenant": ORGANIZATION, "labels": ["my-set"], "count": count})

    def acknowledged(self):
        return self.service.state()["counters"]["messagesAcknowledged"]

    def test_scale_set_from_creation_to_deletion(self):
        created = self.answer("set", "create", "my-set", "--labels", "Linux, gpu")
        self.assertEqual([label["name"] for label in created["labels"]], ["Linux", "gpu"])  # not the name, no space, their case
        self.assertTrue(created["disableUpdate"])
        self.assertEqual(self.answer("set", "get", "my-set")["id"], created["id"])
        self.assertEqual(self.answer("set", "get", "--id", created["id"])["name"], "my-set")
        updated = self.answer("set", "update", "my-set", "--new-name", "other-set")
        self.assertEqual((updated["id"], updated["name"], updated["disableUpdate"]), (created["id"], "other-set", True))
        self.assertEqual([each["name"] for each in self.answer("set", "list")], ["other-set"])
        self.assertEqual(self.answer("set", "delete", "other-set"), {"id": created["id"], "deleted": True})
        self.assertEqual(self.answer("set", "list"), [])

    def test_scale_set_errors(self):
        self.answer("set", "create", "my-set")
        self.refused(CONFLICT, "my-set", "set", "create", "my-set")
        self.refused(NOT_FOUND, 'no scale set "none"', "set", "get", "none")
        self.refused(NOT_FOUND, "999", "set", "get", "--id", "999")
        self.refused(NOT_FOUND, "no-group", "set", "get", "my-set", "--runner-group", "no-group")
        self.refused(2, "nothing to change", "set", "update", "my-set")
        self.refused(NOT_FOUND, "none", "set", "delete", "none")

    def test_updates_of_runners_are_off_unless_asked_for(self):
        self.assertTrue(self.answer("set", "create", "plain")["disableUpdate"])
        self.assertFalse(self.answer("set", "create", "updating", "--automatic-update", "on")["disableUpdate"])
        self.assertTrue(self.answer("set", "update", "updating", "--automatic-update", "off")["disableUpdate"])

    def test_a_number_is_taken_for_nothing(self):
        first = self.answer("set", "create", "first")
        named = self.answer("set", "create", str(first["id"]))  # its name is the other one's id
        number = str(first["id"])
        self.refused(2, f"--id {number} or --name {number}", "set", "delete", number)
        self.assertEqual(len(self.answer("set", "list")), 2)
        self.assertEqual(self.answer("set", "get", "--id", number)["name"], "first")
        self.assertEqual(self.answer("set", "delete", "--name", number)["id"], named["id"])
        self.assertEqual([each["name"] for each in self.answer("set", "list")], ["first"])

    def test_an_empty_name_deletes_nothing(self):
        self.answer("set", "create", "my-set")
        self.refused(2, "SET is empty", "set", "delete", "")
        self.refused(2, "--name is empty", "set", "delete", "--name", "")
        self.refused(2, "--name is empty", "set", "delete", "--name=")
        self.refused(2, "which scale set?", "set", "delete", SCALESET_NAME="my-set")
        warned = self.primitive("set", "delete", SCALESET_ID="1")
        self.assertEqual(warned.returncode, 2, warned.stderr)
        self.assertIn("no flag is read from the environment variable SCALESET_ID", warned.stderr)
        self.assertEqual(len(self.answer("set", "list")), 1)

    def test_a_group_is_given_by_name_or_by_id(self):
        self.answer("set", "create", "my-set", "--runner-group-id", "1")
        for command in (["set", "create", "other"], ["set", "get", "my-set"], ["set", "list"], ["jit", "--set", "my-set", "--runner-name", "r"]):
            self.refused(NOT_FOUND, 'no runner group "1"', *command, "--runner-group", "1")
        self.assertEqual(self.answer("set", "get", "my-set", "--runner-group-id", "1")["name"], "my-set")
        self.assertEqual(len(self.answer("set", "list", "--runner-group-id", "1")), 1)
        self.refused(2, "only one of", "set", "list", "--runner-group-id", "1", "--runner-group", "Default")
        # The command line goes before the environment.
        self.assertEqual(self.answer("set", "get", "my-set", "--runner-group-id", "1", SCALESET_RUNNER_GROUP="none")["name"], "my-set")

    def test_when_a_version_of_the_runner_ends(self):
        known = {"runner_version": "2.336.0", "registration_deprecates_at": "2026-11-05T08:04:55Z", "runtime_deprecates_at": None}
        answers = {"/api/v3/orgs/my-org/actions/runners/deprecations/2.336.0": known}
        url = f"{serve(self, answers)}/{ORGANIZATION}"
        currency = ("runner", "currency", "--url", url, "--token-file", self.token_file)
        found = self.call(*currency, "2.336.0")
        self.assertEqual((found.returncode, json.loads(found.stdout)), (0, known), found.stderr)
        unknown = self.call(*currency, "9.9.9")
        self.assertEqual((unknown.returncode, unknown.stdout), (NOT_FOUND, ""))
        self.assertIn('"9.9.9"', unknown.stderr)

    def test_a_secret_that_others_may_read_is_warned_of(self):
        self.token_file.chmod(0o644)
        result = self.primitive("token")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(f"chmod 600 {self.token_file}", result.stderr)

    def test_groups(self):
        self.assertIn({"id": 1, "name": "Default", "isDefaultGroup": True}, self.answer("group", "list"))
        self.assertEqual(self.answer("group", "get", "default")["id"], 1)
        self.refused(NOT_FOUND, "none", "group", "get", "none")

    def test_runners_and_jit(self):
        self.answer("set", "create", "my-set")
        config = self.answer("jit", "--set", "my-set", "--runner-name", "runner-1")
        self.assertGreater(len(config["encodedJitConfig"]), 100)
        runner = self.answer("runner", "get", "runner-1")
        self.assertEqual(runner["id"], config["runner"]["id"])
        self.assertEqual(self.answer("runner", "get", "--id", runner["id"])["name"], "runner-1")
        self.refused(2, "--id", "runner", "remove", runner["id"])
        self.assertEqual([each["name"] for each in self.answer("runner", "list")], ["runner-1"])
        self.refused(CONFLICT, "runner-1", "jit", "--set", "my-set", "--runner-name", "runner-1")
        self.assertEqual(self.answer("runner", "remove", "runner-1"), {"id": runner["id"], "removed": True})
        self.refused(NOT_FOUND, "runner-1", "runner", "get", "runner-1")
        self.refused(NOT_FOUND, "runner-1", "runner", "remove", "runner-1")

    def test_token_and_debug_info_show_no_secret(self):
        access = self.answer("token")
        self.assertIn("127.0.0.1", access["serviceUrl"])
        self.assertIsNotNone(access["expiresAt"])
        info = self.answer("debug-info")
        self.assertIn(self.url, json.dumps(info))
        proxied = self.answer("debug-info", https_proxy="http://user:hunter2@127.0.0.1:9", http_proxy="http://user:hunter2@127.0.0.1:9")
        self.assertNotIn("hunter2", json.dumps(proxied))

    def test_credentials_without_encryption_are_warned_of(self):
        arguments = ["set", "list", "--url", "http://ghes.example/my-org", "--token-file", self.token_file, "--timeout", "5"]
        result = self.call(*arguments, http_proxy=self.service.url)
        warnings = [line for line in result.stderr.splitlines() if "WITHOUT encryption" in line]
        self.assertEqual(len(warnings), 1, result.stderr)
        self.assertIn("ghes.example", warnings[0])
        self.assertNotIn("WITHOUT", self.call("set", "list", "--url", self.url, "--token-file", self.token_file).stderr)

    def test_token_from_a_command(self):
        counted = self.folder / "counted"
        command = f"echo x >> {counted}; echo {TOKEN}"
        result = self.call("token", "--url", self.url, "--token-command", command)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(counted.read_text(), "x\n")
        failing = self.call("token", "--url", self.url, "--token-command", "exit 7", "--timeout", "5")
        self.assertNotEqual(failing.returncode, 0)
        self.assertIn("exit code 7", failing.stderr)

    def test_no_answer_has_its_own_exit_code(self):
        result = self.call("set", "list", "--url", "http://127.0.0.1:9/my-org", "--token-file", self.token_file, "--timeout", "2")
        self.assertEqual(result.returncode, NO_ANSWER, result.stderr)

    def test_refused_credentials_have_their_own_exit_code(self):
        self.service.call("POST", "/_sim/faults", {"route": "registration_token", "status": 403, "body": "{\"message\":\"no\"}"})
        self.refused(REFUSED, "403", "set", "list")

    def test_listen_prints_events_and_acknowledges_them(self):
        self.answer("set", "create", "my-set")
        self.queue(3)
        process = self.listen("--max-runners", "5")
        assigned = set()
        while len(assigned) < 3:
            event = json.loads(process.stdout.readline())
            if event["event"] == "job_assigned":
                assigned.add(event["job"]["jobId"])
        self.wait_until(lambda: self.acknowledged() >= 1, "the message was not acknowledged")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0)
        self.assertEqual(self.service.state()["tenants"][0]["scaleSets"][0]["session"], None)

    def test_listen_does_not_acknowledge_what_nobody_reads(self):
        self.answer("set", "create", "my-set")
        process = self.listen()
        process.stdout.readline()  # the session's statistics
        process.stdout.close()
        self.queue(1)
        self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 1)
        self.assertIn("standard output", process.stderr.read())
        self.assertEqual(self.acknowledged(), 0)

    def test_listen_that_nobody_reads_ends_when_it_is_told(self):
        self.answer("set", "create", "my-set")
        self.queue(1)
        process = subprocess.Popen([BINARY, "listen", "--set", "my-set", "--url", self.url, "--token-file", self.token_file],
                                   stdout=full_pipe(self), stderr=subprocess.PIPE, text=True, env=environment())
        self.addCleanup(lambda: (end(process), process.stderr.close()))
        self.wait_until(lambda: self.service.state()["tenants"][0]["scaleSets"][0]["session"], "no session was opened")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0, process.stderr.read())
        self.assertEqual(self.acknowledged(), 0)

    def test_listen_exec_acknowledges_what_the_command_accepted(self):
        self.answer("set", "create", "my-set")
        events = self.folder / "events"
        self.queue(2)
        process = self.listen("--exec", f"cat >> {events}")
        self.wait_until(lambda: events.exists() and events.read_text().count('"job_assigned"') == 2, "the command did not get the events")
        self.wait_until(lambda: self.acknowledged() >= 1, "the message was not acknowledged")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0)

    def test_listen_exec_that_fails_acknowledges_nothing(self):
        self.answer("set", "create", "my-set")
        self.queue(1)
        process = self.listen("--exec", 'case "$(cat)" in *job_assigned*) exit 5;; esac')
        self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 1)
        self.assertIn("exit code 5", process.stderr.read())
        self.assertEqual(self.acknowledged(), 0)

    def test_listen_to_a_scale_set_that_does_not_exist(self):
        process = self.listen()
        self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), NOT_FOUND)

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([BINARY, "set", "list", "--url", self.url, "--token-file", self.token_file], stdout=full,
                                    stderr=subprocess.PIPE, text=True, timeout=MUST_HAPPEN_WITHIN, env=environment())
        self.assertEqual(result.returncode, 1)
        self.assertIn("standard output", result.stderr)


class Help(EndToEndTest):
    PRIMITIVES = ("set create", "set get", "set list", "set update", "set delete", "group get", "group list", "runner get", "runner list",
                  "runner remove", "runner currency", "jit", "listen", "token", "debug-info")

    def test_every_primitive_has_an_example_and_its_exit_codes(self):
        for path in self.PRIMITIVES:
            with self.subTest(path):
                result = self.call(*path.split(), "--help")
                self.assertEqual(result.returncode, 0)
                self.assertIn(f"Example:\n  scaleset {path}", result.stdout)
                self.assertIn("Exit codes: 0 done", result.stdout)

    def test_examples_parse(self):
        """The example of each help gets as far as reading the token file."""
        for path in self.PRIMITIVES:
            with self.subTest(path):
                text = self.call(*path.split(), "--help").stdout
                example = next(line.strip() for line in text.splitlines() if line.startswith("  scaleset "))
                result = self.call(*example.replace("token.txt", "no-such-file").split()[1:])
                if path != "debug-info":  # makes no call
                    self.assertIn("no-such-file", result.stderr)


class Completion(EndToEndTest):
    def script(self, shell):
        result = self.call("completion", shell)
        self.assertEqual(result.returncode, 0, result.stderr)
        path = self.folder / f"completion.{shell}"
        path.write_text(result.stdout)
        return path

    def complete_in_bash(self, *words):
        quoted = " ".join(f"'{word}'" for word in words)
        program = f"source '{self.script('bash')}'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _scaleset; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        return subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True, cwd=self.folder).stdout.split()

    def test_bash(self):
        self.assertIn("listen", self.complete_in_bash("scaleset", ""))
        self.assertEqual(self.complete_in_bash("scaleset", "set", "cr"), ["create"])
        self.assertIn("--labels", self.complete_in_bash("scaleset", "set", "create", "--url", "x", "--la"))
        self.assertEqual(self.complete_in_bash("scaleset", "token", "--token-file", "tok"), ["token"])

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        script = self.script("fish")
        for line, expected in (("scaleset se", "set"), ("scaleset set cr", "create"), ("scaleset jit --runner-n", "--runner-name")):
            output = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"], capture_output=True, text=True, check=True)
            self.assertIn(expected, output.stdout)

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        script = self.script("zsh")
        program = (f"autoload -Uz compinit; compinit -D; _describe() {{ print -l -- ${{(P)2}}; }}; source {script}; "
                   "words=(scaleset set cr); CURRENT=3; _scaleset")
        output = subprocess.run(["zsh", "-f", "-c", program], capture_output=True, text=True, check=True)
        self.assertIn("create:Create a scale set", output.stdout)


if __name__ == "__main__":
    unittest.main()
