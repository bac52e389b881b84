#!/usr/bin/env python3
"""Programs that are not ours judge the simulator: a small runner written from docs/protocol.md alone (runner_test.py), then GitHub's own Go
client. What the Go client sends is compared with what libscaleset sends.

    tests/conformance/run.py --bin build/release/bin [--without-go] [go test arguments, such as -run TestTranscript]

The folder holds `scaleset`, `transcript_client` and `single_call`. Needs Go, except with --without-go, which runs only the small runner; the
modules come through Go's own client. The last line tells the counts of Go's tests: "conformance: N tests, M passed". Standard library only.
"""

import argparse
import collections
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MODULE = HERE / "go"
USUAL_PLACE = "/usr/local/go/bin"
TEST_DEADLINE = "25m"
STOP_DEADLINE = 10


def find_go():
    return shutil.which("go") or shutil.which("go", path=USUAL_PLACE)


def environment(binaries):
    """Ours without anything that a client or a runner would read."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCALESET_", "GITHUB_", "ACTIONS_"))}
    programs = {"TEST_SCALESET": "scaleset", "TEST_TRANSCRIPT_CLIENT": "transcript_client", "TEST_SINGLE_CALL": "single_call"}
    return {**kept, **{name: str(binaries / program) for name, program in programs.items()}}


class Counts:
    """Of the tests that have no parts of their own: a table's lines, not the table."""

    def __init__(self):
        self.ended = {}
        self.output = collections.defaultdict(list)
        self.broken = []

    def take(self, event):
        package, test, action = event.get("Package", event.get("ImportPath", "")), event.get("Test"), event["Action"]
        if action in ("output", "build-output"):
            self.output[package, test].append(event["Output"])
        elif action == "build-fail" or (action == "fail" and test is None):
            self.broken.append(package)
        elif test and action in ("pass", "fail", "skip"):
            self.ended[package, test] = action
            if "/" not in test:
                print(f"{action:<5} {event['Elapsed']:7.1f}s  {test}", flush=True)

    def leaves(self):
        parents = {(package, test.rsplit("/", 1)[0]) for package, test in self.ended if "/" in test}
        return {key: action for key, action in self.ended.items() if key not in parents}

    def show_failures(self):
        for key, lines in self.output.items():
            if self.ended.get(key) == "fail" or (key[0] in self.broken and key[1] not in (test for _, test in self.ended)):
                print("".join(lines), end="")


def check_sources(go):
    """What `go vet` and gofmt say is a failure."""
    subprocess.run([go, "vet", "./..."], cwd=MODULE, check=True)
    gofmt = pathlib.Path(go).resolve().parent / "gofmt"
    unformatted = subprocess.run([gofmt, "-l", "."], cwd=MODULE, check=True, capture_output=True, text=True).stdout.split()
    if unformatted:
        raise SystemExit(f"run gofmt -w on {' '.join(unformatted)}")


def run_tests(go, binaries, arguments):
    """The exit code of go test, and the counts. Whatever the tests have started is ended with them."""
    counts = Counts()
    # -count=1: the programs under test are no input that Go's cache would know of.
    command = [go, "test", "-json", "-count=1", "-timeout", TEST_DEADLINE, *arguments, "./..."]
    process = subprocess.Popen(command, cwd=MODULE, env=environment(binaries), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        for line in process.stdout:
            if line.startswith("{"):
                counts.take(json.loads(line))
        return process.wait(STOP_DEADLINE), counts
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # nothing was left


def check_programs(binaries, *programs):
    for program in programs:
        if not (binaries / program).exists():
            raise SystemExit(f"conformance: {binaries / program} is missing; build it first")


def run_small_runner(binaries):
    """Whether the small runner's tests passed; what they say is on stderr."""
    command = [sys.executable, HERE / "runner_test.py", binaries / "scaleset"]
    tests = subprocess.run(command, env={**environment(binaries), "PYTHONDONTWRITEBYTECODE": "1"}, stdin=subprocess.DEVNULL)
    print(f"small runner: {'passed' if tests.returncode == 0 else 'FAILED'}", flush=True)
    return tests.returncode == 0


def main():
    parser = argparse.ArgumentParser(description="a small runner and GitHub's Go client against the simulator")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of scaleset, transcript_client and single_call")
    parser.add_argument("--without-go", action="store_true", help="run only the small runner, which needs no Go")
    options, arguments = parser.parse_known_args()
    binaries = options.bin.resolve()
    check_programs(binaries, "scaleset")
    runner_passed = run_small_runner(binaries)
    if options.without_go:
        return 0 if runner_passed else 1
    go = find_go()
    if go is None:
        raise SystemExit("conformance: there is no Go on this machine (https://go.dev/dl)")
    check_programs(binaries, "transcript_client", "single_call")
    check_sources(go)
    code, counts = run_tests(go, binaries, arguments)
    counts.show_failures()
    leaves = counts.leaves()
    passed = sum(action == "pass" for action in leaves.values())
    print(f"conformance: {len(leaves)} tests, {passed} passed")
    return 0 if runner_passed and code == 0 and leaves and passed == len(leaves) else 1


if __name__ == "__main__":
    sys.exit(main())
