#!/usr/bin/env python3
"""Installs a build into an empty folder, builds three consumers and the examples against it, and runs them.

    run.py BUILD_FOLDER

The consumers: find_package, pkg-config (from a moved copy of the installed tree) and add_subdirectory. The examples run against the
installed `scaleset simulate`.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def run(*command, **options):
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True, **options)


def cmake_project(source, build, prefix, target):
    run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=None",
        stdout=subprocess.DEVNULL)
    run("cmake", "--build", build, "--target", target, stdout=subprocess.DEVNULL)


def consumers(work, prefix):
    cmake_project(HERE / "package", work / "package", prefix, "consumer")
    run(work / "package" / "consumer")

    moved = work / "moved"
    shutil.copytree(prefix, moved)
    pc_folder = next(moved.rglob("scaleset.pc")).parent
    (work / "pkg_config").mkdir()
    run("make", "-s", "-C", HERE / "pkg_config", f"OUT={work / 'pkg_config'}", env={**os.environ, "PKG_CONFIG_PATH": str(pc_folder)})
    run(work / "pkg_config" / "consumer")

    cmake_project(HERE / "subdirectory", work / "subdirectory", prefix, "consumer")
    run(work / "subdirectory" / "consumer")


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
    for name in ("poll_loop", "listener", "many_sets"):
        cmake_project(ROOT / "examples" / name, work / name, prefix, name)
    simulator = Simulator(prefix, work)
    try:
        token = work / "token"
        token.write_text("ghp_example")
        url = simulator.url + "/my-org"
        simulator.queue("poll-set", "listener-set", "many-1", "many-2", "many-3")
        expect("runners wanted: 1", work / "poll_loop" / "poll_loop", url, token, "poll-set", "1")
        expect("runners wanted: 1", work / "listener" / "listener", url, token, "listener-set", "1")
        expect("many-3: message", work / "many_sets" / "many_sets", url, token, "many", "3")
    finally:
        simulator.stop()


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="scaleset-install-") as folder:
        work = pathlib.Path(folder)
        run("cmake", "--install", build, "--prefix", work / "prefix", stdout=subprocess.DEVNULL)
        consumers(work, work / "prefix")
        examples(work, work / "prefix")
    print("install: 3 consumers and 3 examples built and ran")


if __name__ == "__main__":
    main()
