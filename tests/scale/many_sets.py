#!/usr/bin/env python3
"""Measures many idle scale sets in one process, and how fast all of them start a runner.

    tests/scale/many_sets.py SCALESET MANY_SETS [--sets 1000] [--latency 50] [--host 127.0.0.1]

Starts SCALESET simulate on a loopback port and MANY_SETS beside it, waits until all scale sets are served and hold a poll, reads how much memory
that takes, and then queues one job for each scale set at the same moment, while every JIT call takes --latency milliseconds. Runners are pretended.
Prints one JSON object. `floorSeconds` is the least time that the JIT calls take if 32 are under way at a time. Needs no network and ends by itself.
"""
import argparse
import http.client
import json
import os
import pathlib
import queue
import resource
import signal
import subprocess
import tempfile
import threading
import time

START_LIMIT = 30  # seconds
SERVE_LIMIT = 600
PARALLEL_CALLS = 32


def wait_for(path, process):
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if path.exists():
            return json.loads(path.read_text())
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise SystemExit("the simulator did not start in time")


def call(connection, path, body):
    connection.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with connection.getresponse() as answer:
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"POST {path}: {answer.status} {text}")


def lines_of(process):
    lines = queue.Queue()

    def read():
        for line in process.stdout:
            lines.put(json.loads(line))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def next_line(lines, what, limit):
    line = lines.get(timeout=limit)
    if line is None or line["what"] != what:
        raise SystemExit(f"many_sets says {line} and not that it is '{what}'")
    return line


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit("the process has ended")


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(url, tenant, process, sets, latency):
    lines = lines_of(process)
    begin = next_line(lines, "begun", START_LIMIT)
    served = next_line(lines, "served", SERVE_LIMIT)
    time.sleep(2)
    settled = resident(process.pid)
    control = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    call(control, "/_sim/latency", {"route": "generate_jit_config", "kind": "fixed", "milliseconds": latency})
    before = processor_seconds(process.pid)
    # Queueing them takes longer than starting the runners: so that all are there at the same moment, nobody may look meanwhile.
    process.send_signal(signal.SIGSTOP)
    for number in range(sets):
        call(control, "/_sim/jobs", {"tenant": tenant, "labels": [f"set-{number}"]})
    process.send_signal(signal.SIGCONT)
    begun = time.time()
    started = next_line(lines, "started", SERVE_LIMIT)
    return {
        "sets": sets, "residentMiB": round(settled / 1024, 1), "kibPerSet": round((settled - begin["residentKiB"]) / sets, 1),
        "heapUsedMiB": round(served["heapUsedKiB"] / 1024, 1), "threads": served["threads"],
        "secondsUntilServed": round(served["at"] - begin["at"], 1),
        "secondsUntilAllAreStarted": round(started["at"] - begun, 2), "floorSeconds": round(sets * latency / 1000 / PARALLEL_CALLS, 2),
        "processorSecondsOfTheStarts": round(processor_seconds(process.pid) - before, 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scaleset")
    parser.add_argument("many_sets")
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--latency", type=int, default=50, help="of each JIT call, in milliseconds")
    parser.add_argument("--host", default="127.0.0.1", help="the name by which the simulator is reached")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        ready = pathlib.Path(folder) / "ready.json"
        simulator = subprocess.Popen([arguments.scaleset, "simulate", "--ready-file", ready], stdout=subprocess.DEVNULL)
        daemon = None
        try:
            url = wait_for(ready, simulator)["url"]
            config_url = url.replace("127.0.0.1", arguments.host) + "/my-org"
            daemon = subprocess.Popen([arguments.many_sets, config_url, str(arguments.sets), folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            result = measure(url, "my-org", daemon, arguments.sets, arguments.latency)
        finally:
            for process in (daemon, simulator):
                if process is None:
                    continue
                process.terminate()
                process.wait(60)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
