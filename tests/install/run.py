#!/usr/bin/env python3
"""Installs a build into an empty folder, builds consumers and the examples against it, and runs them.

    run.py BUILD_FOLDER

A consumer of each target (`scaleset::scaleset`, `scaleset::async`) is built with find_package, with pkg-config (from a moved copy of the
installed tree) and with add_subdirectory. Nothing of Boost may reach the compile line or the includes of the first one. The examples
that talk to a service run against the installed `scaleset simulate`; those that are unit tests need none.
"""
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WARNINGS = "-Wall -Wextra -Wconversion -Werror"
CONSUMERS = ("blocking", "async")

# What the simulator is to have queued, the text expected in the program's output, and its arguments after URL and token file.
SERVICE_EXAMPLES = {
    "poll_loop": (["poll-set"], "runners wanted: 1", ["poll-set", "1"]),
    "listener": (["listener-set"], "runners wanted: 1", ["listener-set", "1"]),
    "many_sets": (["many-1", "many-2", "many-3"], "many-3: message", ["many", "3"]),
}
UNIT_TEST_EXAMPLES = ("coroutine_test", "listener_test")


def run(*command, **options):
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True, **options)


def cmake_project(source, build, prefix, *targets, flags=WARNINGS):
    run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=None",
        f"-DCMAKE_CXX_FLAGS={flags}", "-DCMAKE_NO_SYSTEM_FROM_IMPORTED=ON", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
        stdout=subprocess.DEVNULL)
    run("cmake", "--build", build, "--target", *targets, stdout=subprocess.DEVNULL)


def check_free_of_boost(command, folder):
    """`command` compiles the blocking consumer: neither it nor what it includes may have to do with Boost."""
    words = shlex.split(command)
    if any("boost" in word.lower() for word in words if word.startswith(("-D", "-I", "-isystem"))):
        sys.exit(f"a user of scaleset::scaleset is compiled with something of Boost: {command}")
    without_output = [word for index, word in enumerate(words) if word not in ("-o", "-c") and words[index - 1] != "-o"]
    included = subprocess.run([*without_output, "-M"], cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout
    if "/scaleset/client.hpp" not in included:
        sys.exit(f"the list of included headers is not one: {included!r}")
    found = [header for header in included.split() if "/boost/" in header]
    if found:
        sys.exit(f"a user of scaleset::scaleset includes headers of Boost: {found[:3]}")


def compile_command(build, source):
    entries = json.loads((build / "compile_commands.json").read_text())
    return next(entry["command"] for entry in entries if entry["file"].endswith("/install/" + source))


def pkg_config_consumers(work, prefix):
    moved = work / "moved"
    shutil.copytree(prefix, moved)
    environment = {**os.environ, "PKG_CONFIG_PATH": str(next(moved.rglob("scaleset.pc")).parent), "CXXFLAGS": WARNINGS}
    (work / "pkg_config").mkdir()
    run("make", "-s", "-C", HERE / "pkg_config", f"OUT={work / 'pkg_config'}", env=environment)
    flags = subprocess.run(["pkg-config", "--cflags", "scaleset"], env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    check_free_of_boost(f"c++ -std=c++23 {flags} ../blocking.cpp", HERE / "pkg_config")


def consumers(work, prefix):
    # Inside the build folder, since ccache compares paths relative to it: the library is compiled anew only where its sources changed.
    folders = {"package": work / "package", "pkg_config": work / "pkg_config", "subdirectory": ROOT / "build" / "subdirectory"}
    shutil.rmtree(folders["subdirectory"], ignore_errors=True)
    cmake_project(HERE / "package", folders["package"], prefix, *CONSUMERS)
    pkg_config_consumers(work, prefix)
    cmake_project(HERE / "subdirectory", folders["subdirectory"], prefix, *CONSUMERS, flags="")  # the library's flags are its own
    for kind in ("package", "subdirectory"):
        check_free_of_boost(compile_command(folders[kind], "blocking.cpp"), folders[kind])
    for folder in folders.values():
        for consumer in CONSUMERS:
            run(folder / consumer)


class Simulator:
    def __init__(self, prefix, work):
        ready = work / "ready.json"
        self.process = subprocess.Popen([prefix / "bin" / "scaleset", "simulate", "--ready-file", ready, "--hold-time", "1"],
                                        stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit("the simulator did not start")
            time.sleep(0.05)
        self.url = json.loads(ready.read_text())["url"]

    def queue(self, *labels):
        for label in labels:
            body = json.dumps({"tenant": "my-org", "labels": [label]}).encode()
            urllib.request.urlopen(urllib.request.Request(self.url + "/_sim/jobs", body, {"Content-Type": "application/json"}))

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def expect(text, *command):
    print("+", *command, flush=True)
    output = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, timeout=120).stdout
    if text not in output:
        sys.exit(f"{command[0]}: expected {text!r} in its output, which was: {output!r}")


def examples(work, prefix):
    for name in (*SERVICE_EXAMPLES, *UNIT_TEST_EXAMPLES):
        cmake_project(ROOT / "examples" / name, work / name, prefix, name)
    for name in UNIT_TEST_EXAMPLES:
        expect("[  PASSED  ]", work / name / name)
    simulator = Simulator(prefix, work)
    try:
        token = work / "token"
        token.write_text("ghp_example")
        for name, (jobs, text, arguments) in SERVICE_EXAMPLES.items():
            simulator.queue(*jobs)
            expect(text, work / name / name, simulator.url + "/my-org", token, *arguments)
    finally:
        simulator.stop()


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="scaleset-install-") as folder:
        work = pathlib.Path(folder)
        run("cmake", "--install", build, "--prefix", work / "prefix", stdout=subprocess.DEVNULL)
        consumers(work, work / "prefix")
        examples(work, work / "prefix")
    print(f"install: {3 * len(CONSUMERS)} consumers and {len(SERVICE_EXAMPLES) + len(UNIT_TEST_EXAMPLES)} examples built and ran")


if __name__ == "__main__":
    main()
