"""Bad input and a bad service: one clear line, the right exit code, and nothing changed."""

import json
import re
import signal
import socket
import subprocess
import unittest

from e2e import BINARY, MUST_HAPPEN_WITHIN, ORGANIZATION, TOKEN, EndToEndTest, end, environment, start
from log_test import full_pipe

# Wrong usage is printed as a plain line; an error that ends a run is a line of the log.
REFUSAL = re.compile(r"scaleset|\S+Z error +(run|simulate): ")


class Errors(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.make_runner_dir()
        self.before = self.listing()

    def listing(self):
        return sorted(str(path) for path in self.folder.rglob("*"))

    def refused(self, arguments, code, *texts, **extra):
        result = self.call(*arguments, **extra)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, "")
        all_lines = result.stderr.splitlines()
        lines = [line for line in all_lines if REFUSAL.match(line)]
        self.assertEqual(lines, all_lines[-1:], result.stderr)
        for text in texts:
            self.assertIn(text, lines[0])
        self.assertNotIn(TOKEN, result.stderr)
        return result

    def connection(self):
        return ["--url", "https://github.com/my-org", "--token-file", self.token_file]

    def run_with(self, url="https://github.com/my-org", **replaced):
        """The arguments of a good run, some replaced; None leaves one out."""
        arguments = self.run_arguments(url)
        for name, value in replaced.items():
            flag = "--" + name.replace("_", "-")
            if flag in arguments:
                position = arguments.index(flag)
                del arguments[position:position + 2]
            if value is not None:
                arguments += [flag, value]
        return arguments

    # Usage and configuration: exit code 2, before anything is tried.

    def test_unknown_flag(self):
        self.refused([*self.run_with(), "--max-runer", "3"], 2, "unknown flag --max-runer", "--help")
        self.assertEqual(self.listing(), self.before)

    def test_no_subcommand(self):
        self.refused([], 2, "needs a subcommand")
        self.refused(["set"], 2, "needs a subcommand", "create")

    def test_unknown_subcommand_and_stray_argument(self):
        self.refused(["frobnicate"], 2, '"frobnicate"', "simulate")
        self.refused(["set", "craete", "x"], 2, '"craete"', "did you mean create?")
        self.refused(["set", "get", "my-set", "stray", *self.connection()], 2, '"stray"')
        self.refused(["simulate", "--load-seconds", "1h1h", "--load", "steady", "--load-tenant", "o", "--load-label", "l"], 2, "--load-seconds")

    def test_empty_values(self):
        self.refused(self.run_with(max_runners=""), 2, "--max-runners", "empty")
        self.refused(self.run_with(min_idle_age=" "), 2, "--min-idle-age", "empty")
        self.refused(["simulate", "--hold-time", ""], 2, "--hold-time", "empty")
        self.refused(["simulate", "--hold-time="], 2, "--hold-time", "empty")
        self.assertEqual(self.listing(), self.before)

    def test_errors_are_not_waited_for(self):
        """Whoever started the program may not read what it says; it ends all the same."""
        for code, arguments in ((2, ["frobnicate"]), (2, self.run_with(min_runners="9")), (2, self.run_with(max_runners="x")),
                                (6, ["token", "--url", "http://127.0.0.1:9/o", "--token-file", self.token_file, "--timeout", "1"]),
                                (2, ["simulate", "--listen", "nonsense"]), (4, ["simulate", "app-key", self.token_file])):
            with self.subTest(arguments=arguments[:2]):
                ended = subprocess.run([str(part) for part in [BINARY, *arguments]], stdin=subprocess.DEVNULL, stderr=full_pipe(self),
                                       stdout=subprocess.DEVNULL, timeout=MUST_HAPPEN_WITHIN, env=environment())
                self.assertEqual(ended.returncode, code)

    def test_simulate_listens_although_nobody_reads_where(self):
        ready = self.folder / "ready.json"
        process = subprocess.Popen([BINARY, "simulate", "--ready-file", ready], stdout=full_pipe(self), stderr=subprocess.PIPE, text=True,
                                   env=environment())
        self.addCleanup(lambda: (end(process), process.stderr.close()))
        self.wait_until(ready.exists, "the simulator did not start")
        self.assertIn("standard output", process.stderr.readline())

    def test_errors_are_json_if_the_log_is(self):
        for arguments, component, text in ((self.run_with(min_runners="9"), "run", "--min-runners (9)"),
                                           ([*self.run_with(), "--no-such-flag"], "scaleset", "--no-such-flag"),
                                           (self.run_with(max_runners="x"), "scaleset", "--max-runners"),
                                           (self.run_with(name="my\"set", runner_dir="/no\udcff/x"), "run", "/no")):
            with self.subTest(text=text):
                result = subprocess.run([str(part) for part in [BINARY, *arguments, "--log-format", "json"]], capture_output=True,
                                        timeout=MUST_HAPPEN_WITHIN, env=environment(), cwd=self.folder)
                self.assertEqual(result.returncode, 2)
                lines = result.stderr.decode("utf-8").splitlines()
                self.assertEqual(len(lines), 1, lines)
                error = json.loads(lines[0])
                self.assertEqual((error["level"], error["component"]), ("error", component))
                self.assertIn(text, error["message"])

    def test_messages_name_flags(self):
        service = self.start_service("--tls")
        call = ["token", "--url", f"{service.url}/{ORGANIZATION}", "--token-file", self.token_file]
        for arguments, expected in ((call, "--ca-file"), ([*call, "--ca-file", self.folder / "none"], "--ca-file")):
            text = self.call(*arguments).stderr
            self.assertIn(expected, text)
            self.assertNotIn("ca_bundle_file", text)

    def test_secret_on_the_command_line_is_refused_and_not_repeated(self):
        self.refused([*self.run_with(token_file=None), "--token", TOKEN], 2, "--token-file")
        self.refused([*self.run_with(token_file=None), "--token=" + TOKEN], 2, "--token-file")
        self.refused([*self.run_with(token_file=None, app_client_id="Iv1.x"), "--app-private-key", TOKEN], 2, "--app-private-key-file")

    def test_missing_token_file(self):
        self.refused(self.run_with(token_file=self.folder / "no-such"), 2, "no-such", "No such file")
        self.assertEqual(self.listing(), self.before)

    def test_unreadable_and_empty_token_file(self):
        self.refused(self.run_with(token_file=self.folder), 2, str(self.folder), "it is a folder; give a file")
        self.token_file.write_text("\n")
        self.refused(self.run_with(), 2, "is empty")

    def test_no_credentials(self):
        self.refused(self.run_with(token_file=None), 2, "no credentials", "--token-file", "GITHUB_TOKEN")

    def test_incomplete_app_credentials(self):
        self.refused(self.run_with(token_file=None, app_client_id="Iv1.x"), 2, "--app-installation-id", "--app-private-key-file")

    def test_invalid_app_key(self):
        result = self.run_with(token_file=None, app_client_id="Iv1.x", app_installation_id="7", app_private_key_file=self.token_file)
        self.refused(result, 2, "private key", "PEM")

    def test_invalid_config_url(self):
        for url in ("https://github.com", "https://github.com/a/b/c", "github.com/my-org", "https://user:word@github.com/my-org"):
            with self.subTest(url=url):
                self.refused(self.run_with(url), 2, "https://")
        self.assertEqual(self.listing(), self.before)

    def test_min_greater_than_max(self):
        self.refused(self.run_with(min_runners="5", max_runners="4"), 2, "--min-runners (5)", "--max-runners (4)")

    def test_numbers_out_of_range(self):
        self.refused(self.run_with(max_runners="-1"), 2, "--max-runners")
        self.refused(self.run_with(max_runners="many"), 2, "--max-runners")
        self.refused(self.run_with(min_runners="-1"), 2, "--min-runners")

    def test_invalid_seconds(self):
        for wrong in ("nan", "inf", "1e300", "-1"):
            self.refused(self.run_with(min_idle_age=wrong), 2, "--min-idle-age", "number of seconds")
        self.refused(["token", "--timeout", "0", *self.connection()], 2, "--timeout", "number of seconds")
        self.refused(["simulate", "--hold-time", "nan"], 2, "--hold-time", "number of seconds")

    def test_runner_folder_without_run_sh(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.refused(self.run_with(runner_dir=empty), 2, "run.sh", str(empty), "actions/runner")
        self.refused(self.run_with(runner_dir=self.folder / "missing"), 2, "missing")
        empty.rmdir()
        self.assertEqual(self.listing(), self.before)

    def test_all_mistakes_are_told_and_nothing_is_created(self):
        result = self.call("run", "--min-runners", "-1", "--max-runners", "abc", "--name", "a\nb", "--work-dir", self.folder / "work",
                           SCALESET_ADOPT="maybe", SCALESET_TOKN_FILE="x")
        self.assertEqual(result.returncode, 2)
        for text in ("--min-runners", "--max-runners", "--name", "SCALESET_ADOPT", "SCALESET_TOKEN_FILE?", "--url", "credentials", "--runner-dir"):
            self.assertEqual(sum(text in line for line in result.stderr.splitlines()), 1, result.stderr)
        self.assertEqual(self.listing(), self.before)

    def test_two_simulators_do_not_share_their_data(self):
        service = self.start_service("--state", self.folder / "state.json")
        self.refused(["simulate", "--state", self.folder / "state.json"], 4, f"another process ({service.process.pid})", "state.json")

    def test_unknown_backend(self):
        self.refused(self.run_with(backend="docker"), 2, "docker", "process")

    # Something was tried and failed: the exit code says what.

    def test_a_host_that_cannot_be_reached_is_waited_for(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]  # bound but not listening, so it refuses connections
            for url, texts in ((f"http://127.0.0.1:{port}/my-org", [f"127.0.0.1:{port}", "onnect"]),
                               ("https://no-such-host.invalid/my-org", ["no-such-host.invalid", "resolve"])):
                with self.subTest(url=url):
                    log = self.folder / texts[1]
                    process = start([BINARY, *self.run_with(url)], log)
                    self.addCleanup(lambda: end(process))
                    self.wait_until(lambda: "the scale set cannot be served yet; trying again" in log.read_text(), "it does not wait")
                    for text in texts:
                        self.assertIn(text, log.read_text())
                    process.send_signal(signal.SIGTERM)
                    self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0)

    def test_an_answer_that_may_come_from_something_on_the_way_is_waited_for(self):
        service = self.start_service()
        for status, body in ((404, '{"message":"Not Found"}'), (400, "<html>"), (200, "<html>log in</html>")):
            with self.subTest(status=status):
                service.call("POST", "/_sim/faults", {"route": "registration_token", "status": status, "count": 4, "body": body})
                log = self.folder / str(status)
                process = start([BINARY, *self.run_with(f"{service.url}/{ORGANIZATION}")], log)
                self.addCleanup(lambda: end(process))
                self.wait_until(lambda: "the scale set cannot be served yet; trying again" in log.read_text(), "it does not wait")
                self.assertIn("admin:org" if status == 404 else str(status), log.read_text())
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(MUST_HAPPEN_WITHIN), 0)
                service.call("DELETE", "/_sim/faults")

    def test_bad_credentials_name_the_missing_permission(self):
        service = self.start_service()
        for status, body, code in ((401, "Bad credentials", 5), (403, "Resource not accessible by personal access token", 5)):
            with self.subTest(status=status):
                service.call("POST", "/_sim/faults", {
                    "route": "registration_token", "status": status, "count": 1,
                    "headers": {"Content-Type": "application/json"}, "body": '{"message":"%s"}' % body})
                self.refused(self.run_with(f"{service.url}/{ORGANIZATION}"), code, str(status), "admin:org", ORGANIZATION)
        self.assertEqual([tenant for tenant in service.state()["tenants"] if tenant["scaleSets"]], [])
        self.assertEqual(list((self.folder / "work").glob("*/[!.]*")), [], "a runner was made")

    def test_unknown_runner_group(self):
        service = self.start_service()
        arguments = self.run_with(f"{service.url}/{ORGANIZATION}", runner_group="no-such-group")
        self.refused(arguments, 3, 'no runner group "no-such-group"', "Default")
        self.refused(self.run_with(f"{service.url}/{ORGANIZATION}", runner_group="3"), 3, 'no runner group "3"', "--runner-group-id")
        self.assertEqual(list((self.folder / "work").rglob("*")), [], "something was left")

    def test_each_reason_not_to_start_is_in_one_line(self):
        """Not once by the part that noticed it and once more by the program that ends because of it."""
        service = self.start_service()
        url = f"{service.url}/{ORGANIZATION}"
        taken = self.folder / "taken"
        taken.write_text("not a folder")
        service.call("POST", "/_sim/faults", {"route": "find_scale_set", "status": 403, "seconds": 3600, "body": '{"message":"a good reason"}'})
        for reason, arguments, code in (
                ("no-such-file", self.run_with(url, token_file="no-such-file"), 2),
                ("there is no backend", self.run_with(url, backend="podman"), 2),
                ("cannot be combined", [*self.run_with(url), "--token-command", "true"], 2),
                ("it is not a folder", self.run_with(url, work_dir=taken), 2),
                ("no runner group", self.run_with(url, runner_group="none"), 3),
                ("a good reason", self.run_with(url), 5)):
            for form in ("text", "json"):
                with self.subTest(reason=reason, form=form):
                    done = self.refused_in(form, arguments, code)
                    self.assertEqual(sum(reason in line for line in done), 1, done)
                    self.assertIn(reason, done[-1])
        service.call("POST", "/_sim/faults", {"route": "registration_token", "status": 401, "seconds": 3600, "body": '{"message":"another reason"}',
                                              "headers": {"Content-Type": "application/json"}})
        done = self.refused_in("text", self.run_with(url), 5)
        self.assertEqual(sum("another reason" in line for line in done), 1, done)

    def refused_in(self, form, arguments, code):
        """The lines of standard error."""
        result = self.call(*arguments, "--log-format", form)
        self.assertEqual(result.returncode, code, result.stderr)
        lines = result.stderr.splitlines()
        if form == "json":
            self.assertEqual({json.loads(line)["level"] for line in lines[-1:]}, {"error"})
            for line in lines:
                json.loads(line)
        return lines

    def test_port_in_use(self):
        service = self.start_service()
        self.refused(["simulate", "--listen", service.url.removeprefix("http://")], 1, "already in use",
                     service.url.removeprefix("http://"))

    def test_invalid_listen_address(self):
        self.refused(["simulate", "--listen", "nonsense"], 2, "nonsense", "HOST:PORT")

    def test_invalid_state_file(self):
        state = self.folder / "state.json"
        state.write_text("{half")
        self.refused(["simulate", "--listen", "127.0.0.1:0", "--state", state], 1, str(state))
        self.assertEqual(state.read_text(), "{half")


if __name__ == "__main__":
    unittest.main()
