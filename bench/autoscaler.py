#!/usr/bin/env python3
"""Measures `scaleset run` with real processes against the simulator, each figure beside what it is compared with; JSON lines.

    autoscaler.py BINARY [--quick] [burst] [latency] [throughput] [memory] [adoption]

Without names all are measured. --quick: few jobs, to see whether it works. Times are as the runner programs note them. Standard library only.
"""
import argparse
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

from service_process import Service, end, start, tenant  # noqa: E402  (the path is set above)

ORGANIZATION = "my-org"
LIMIT = 900
# Notes when it was started, in a file of its own, and stays. The shell knows the time without another program.
NOTING_PROGRAM = """#!/bin/bash
echo "$EPOCHREALTIME" > {notes}/$$
exec sleep 3600
"""


def wait(condition, what, pause=0.02):
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"autoscaler: {what} within {LIMIT} s")
        time.sleep(pause)


class Bench:
    """A simulator and, when it is asked for, the autoscaler, in a temporary folder."""

    def __init__(self, binary, folder, *service_flags):
        self.binary, self.folder = binary, folder
        self.service = Service(binary, folder, *service_flags)
        self.service.start()
        self.url = f"{self.service.url}/{ORGANIZATION}"
        self.notes = folder / "notes"
        self.notes.mkdir()
        self.forgotten = set()
        (folder / "token").write_text("ghp_some\n")
        (folder / "token").chmod(0o600)
        self.runner = folder / "runner"
        self.call("simulate", "runner-dir", self.runner)
        address = urllib.parse.urlsplit(self.service.url)
        self.connection = http.client.HTTPConnection(address.hostname, address.port)
        self.processes = []

    def call(self, *arguments):
        done = subprocess.run([str(part) for part in (self.binary, *arguments)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"autoscaler: {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def access(self):
        return ["--url", self.url, "--token-file", self.folder / "token"]

    def use_noting_program(self):
        listener = self.runner / "bin/Runner.Listener"
        listener.unlink()
        listener.write_text(NOTING_PROGRAM.format(notes=self.notes))
        listener.chmod(0o755)

    def run(self, *flags):
        process = start([self.binary, "run", "--name", "my-set", *self.access(), "--runner-dir", self.runner, "--work-dir", self.folder / "work",
                         "--min-idle-age", "0", *flags], self.folder / "run.log")
        self.processes.append(process)
        wait(lambda: process.poll() is not None or self.has_session(), "no session was opened")
        if process.poll() is not None:
            sys.exit("autoscaler: it ended: " + (self.folder / "run.log").read_text()[-2000:])
        return process

    def request(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        text = response.read()
        return json.loads(text) if text else None

    def state(self):
        empty = {"scaleSets": [], "jobs": [], "runners": []}
        return tenant(self.request("GET", "/_sim/state"), ORGANIZATION) or empty

    def has_session(self):
        return any(one["session"] for one in self.state()["scaleSets"])

    def queue(self, count):
        self.request("POST", "/_sim/jobs", {"tenant": ORGANIZATION, "labels": ["my-set"], "count": count, "durationMilliseconds": 0})

    def completed(self):
        return self.request("GET", "/_sim/state")["counters"].get("jobsCompleted", 0)

    def all_done(self, count):
        return sum(job["state"] == "completed" for job in self.state()["jobs"]) >= count

    def noted(self):
        """When the programs were started, of the notes that are not forgotten. A note that is being written is not there yet."""
        fresh = (path for path in self.notes.iterdir() if path.name not in self.forgotten)
        return sorted(float(text) for path in fresh if (text := path.read_text().strip()))

    def next_note(self):
        """Waits for the only note, and forgets it: whoever reads hundreds of them again and again takes a processor."""
        wait(self.noted, "the program did not start", 0.002)
        moment = self.noted()[0]
        self.forget_notes()
        return moment

    def forget_notes(self):
        """They stay on the disk: ext4 makes new files slowly for a while after others were deleted."""
        self.forgotten.update(path.name for path in self.notes.iterdir())

    def close(self):
        for process in self.processes:
            end(process)
        self.kill_runners()
        end(self.service.process)

    def kill_runners(self):
        """Those that were started from folders of ours, with their whole sessions."""
        mine = str(self.folder).encode()
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mine in os.readlink(entry / "cwd").encode():
                    os.kill(int(entry.name), signal.SIGKILL)


@contextlib.contextmanager
def bench(binary, *service_flags):
    with tempfile.TemporaryDirectory(prefix="scaleset-bench-") as folder:
        made = Bench(binary, pathlib.Path(folder), *service_flags)
        try:
            yield made
        finally:
            made.close()


def lay_out(runner, folder):
    """As the process backend does: programs are links, the rest is copied."""
    folder.mkdir(parents=True)
    (folder / "bin").mkdir()
    for path in (runner / "bin").iterdir():
        os.link(path, folder / "bin" / path.name)
    for path in runner.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


def bare_spawn(one, folder):
    """Starts the program in a folder that is laid out as the process backend does. Returns its process."""
    program = lay_out(one.runner, folder) / "bin/Runner.Listener"
    into = [(os.POSIX_SPAWN_OPEN, 1, folder / "output", os.O_WRONLY | os.O_CREAT, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)]
    return os.posix_spawn(program, [program, "run"], os.environ, file_actions=into, setsid=True)


def bare_spawns(one, name, count):
    """The seconds until the last of so many programs has noted its start, in folders below one of this name."""
    begin = time.time()
    running = [bare_spawn(one, one.folder / name / str(number)) for number in range(count)]
    wait(lambda: len(one.noted()) == count, "the bare programs did not start")
    seconds = one.noted()[-1] - begin
    for process in running:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    one.forget_notes()
    return seconds


def burst(binary, quick):
    count = 30 if quick else 300
    with bench(binary) as one:
        one.use_noting_program()
        before = bare_spawns(one, "before", count)
        process = one.run("--max-runners", str(count))
        begin = time.time()
        one.queue(count)
        wait(lambda: len(one.noted()) == count, "the runners did not start", 0.1)
        ours = one.noted()[-1] - begin
        end(process)
        one.kill_runners()
        one.forget_notes()
        # Before and after, because the machine may have had other work at one of these times.
        bare = min(before, bare_spawns(one, "after", count))
        return {"jobs": count, "bare_seconds": round(bare, 3), "seconds": round(ours, 3), "ratio": round(ours / bare, 2), "must_be": "ratio <= 1.5"}


def latency(binary, quick):
    count = 10 if quick else 200
    with bench(binary, "--batch-window", "0") as one:
        one.use_noting_program()
        one.run("--max-runners", str(count))
        trips, bare, times = [], [], []
        for number in range(count):
            begin = time.perf_counter()
            one.request("GET", "/_sim/clock")
            trips.append(time.perf_counter() - begin)
            begin = time.time()
            process = bare_spawn(one, one.folder / "bare" / str(number))
            bare.append(one.next_note() - begin)
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            begin = time.time()
            one.queue(1)
            times.append(one.next_note() - begin)
            time.sleep(0.05)
        trip = statistics.median(trips)
        above = sorted(1000 * (each - 2 * trip) for each in times)
        bare = sorted(1000 * each for each in bare)
        at = lambda share, values=above: round(values[min(len(values) - 1, int(share * len(values)))], 1)  # noqa: E731
        return {"jobs": count, "round_trip_ms": round(1000 * trip, 2), "p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99),
                "bare_p50_ms": at(0.5, bare), "bare_p99_ms": at(0.99, bare),
                "must_be": "p99 <= 15 ms above two round trips"}


def shell_loop(one, count, side_by_side):
    """Jobs a second of the same runners in a loop, with JIT configurations made beforehand and somebody who holds the session."""
    one.call("set", "create", "my-set", *one.access())
    make = lambda number: json.loads(one.call("jit", "--set", "my-set", "--runner-name", f"loop-{number}", *one.access()))  # noqa: E731
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        configurations = [made["encodedJitConfig"] for made in pool.map(make, range(count))]
    holder = start([one.binary, "listen", "--set", "my-set", "--max-runners", str(count), *one.access()], one.folder / "listen.log")
    wait(one.has_session, "the session was not opened")
    folders = [lay_out(one.runner, one.folder / "loop" / str(number)) for number in range(count)]
    lock, numbers = threading.Lock(), iter(range(count))

    def keep_one_running():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            subprocess.run([folders[number] / "bin/Runner.Listener", "run"], cwd=folders[number], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, env={**os.environ, "ACTIONS_RUNNER_INPUT_JITCONFIG": configurations[number]}, check=False)

    begin = time.time()
    one.queue(count)
    threads = [threading.Thread(target=keep_one_running) for _ in range(side_by_side)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait(lambda: one.all_done(count), "the jobs were not done")
    seconds = time.time() - begin
    end(holder)
    return count / seconds


def throughput(binary, quick):
    count, side_by_side = (20, 4) if quick else (300, 8)
    with bench(binary) as one:
        loop = shell_loop(one, count, side_by_side)
    with bench(binary) as one:
        one.run("--max-runners", str(side_by_side))
        begin = time.time()
        one.queue(count)
        wait(lambda: one.all_done(count), "the jobs were not done", 0.1)
        ours = count / (time.time() - begin)
    return {"jobs": count, "side_by_side": side_by_side, "loop_per_second": round(loop, 1), "per_second": round(ours, 1),
            "share": round(ours / loop, 2), "must_be": "share >= 0.8"}


def resident_kib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def memory(binary, quick):
    warm, count = (20, 60) if quick else (300, 3300)
    with bench(binary) as one:
        process = one.run("--max-runners", "8", "--log-level", "warn")
        one.queue(warm)
        wait(lambda: one.all_done(warm), "the jobs were not done", 0.5)
        time.sleep(5)
        before = resident_kib(process)
        one.queue(count - warm)
        wait(lambda: one.all_done(count), "the jobs were not done", 2)
        time.sleep(5)
        after = resident_kib(process)
    return {"jobs": count - warm, "before_kib": before, "after_kib": after, "growth_kib": after - before, "must_be": "growth < 1024 KiB"}


def adoption(binary, quick):
    count = 50 if quick else 1000
    with bench(binary) as one:
        one.use_noting_program()
        first = one.run("--max-runners", str(count), "--min-runners", str(count))
        wait(lambda: len(list(one.notes.iterdir())) == count, "the runners did not start", 0.2)
        time.sleep(3)  # so that the last records are written
        first.kill()
        first.wait()
        before = (one.folder / "run.log").stat().st_size
        begin = time.time()
        one.processes.append(start([one.binary, "run", "--name", "my-set", *one.access(), "--runner-dir", one.runner, "--work-dir", one.folder / "work",
                                    "--max-runners", str(count), "--min-runners", str(count)], one.folder / "run.log"))
        log = lambda: (one.folder / "run.log").read_bytes()[before:].decode()  # noqa: E731
        wait(lambda: "session opened" in log(), "it did not become ready")
        seconds = time.time() - begin
        adopted = log().count("adopted the runner")
    return {"runners": count, "adopted": adopted, "seconds": round(seconds, 2), "must_be": "<= 2 s until the session is open"}


FIGURES = {each.__name__: each for each in (burst, latency, throughput, memory, adoption)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("figures", nargs="*", metavar="FIGURE")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_intermixed_args()
    for name in arguments.figures or FIGURES:
        print(json.dumps({"figure": name, **FIGURES[name](pathlib.Path(arguments.binary).resolve(), arguments.quick)}), flush=True)


if __name__ == "__main__":
    main()
