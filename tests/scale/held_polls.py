#!/usr/bin/env python3
"""Measures the memory and processor time that the simulator needs to hold many polls at once. Every session has its own connection.

    tests/scale/held_polls.py BINARY [--polls 10000] [--seconds 20]

Starts BINARY simulate on a loopback port, opens the sessions, holds one poll for each, watches the process for a while, wakes one poll,
and stops. Prints one JSON object: memory and processor time, in total and per poll. Needs no network and ends by itself. Every poll needs an open file in this process and one in the simulator, so the limit of
open files (ulimit -Hn) must be above --polls.
"""
import argparse
import asyncio
import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time

START_LIMIT = 30  # seconds
TOTAL_LIMIT = 900
SETS_AT_ONCE = 50


class Process:
    """The simulator, and what the kernel says about it."""

    def __init__(self, binary, folder, state):
        self.ready = pathlib.Path(folder) / "ready.json"
        arguments = [binary, "simulate", "--ready-file", self.ready, "--hold-time", "3600"]
        if state:
            arguments += ["--state", pathlib.Path(folder) / "world.json"]
        self.process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)

    def wait_until_ready(self):
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            if self.ready.exists():
                return json.loads(self.ready.read_text())
            if self.process.poll() is not None:
                raise SystemExit("the simulator ended while it was starting")
            time.sleep(0.05)
        raise SystemExit("the simulator did not start in time")

    def resident_kib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise SystemExit("the simulator has ended")

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Connection:
    """One HTTP/1.1 connection."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.reader = self.writer = None

    async def send(self, method, path, token, body=None, headers=""):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAuthorization: {token}\r\n{headers}Content-Length: {len(content)}\r\n\r\n"
        self.writer.write(head.encode() + content)
        await self.writer.drain()

    async def answer(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
        content = await self.reader.readexactly(length)
        return int(head.split()[1]), json.loads(content) if content else None

    async def call(self, method, path, token, body=None):
        await self.send(method, path, token, body)
        status, answer = await self.answer()
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {answer}")
        return answer


async def connect(connection, url):
    registration = await connection.call("POST", "/api/v3/orgs/my-org/actions/runners/registration-token", "Bearer PAT")
    body = {"url": url + "/my-org", "runner_event": "register"}
    admin = await connection.call("POST", "/api/v3/actions/runner-registration", "RemoteAuth " + registration["token"], body)
    return "Bearer " + admin["token"]


async def hold_one(host, port, admin, number):
    """Creates a scale set and a session, and sends a poll. Returns the connection on which the poll is held."""
    connection = Connection(host, port)
    sets = "/rest/_apis/runtime/runnerscalesets"
    made = await connection.call("POST", sets, admin, {"name": f"set-{number}"})
    session = await connection.call("POST", f"{sets}/{made['id']}/sessions", admin, {"ownerName": "scale"})
    await connection.send("GET", "/scalesets/message", "Bearer " + session["messageQueueAccessToken"], headers="X-ScaleSetMaxCapacity: 1\r\n")
    return connection


async def hold_all(host, port, admin, count):
    held = []
    for first in range(0, count, SETS_AT_ONCE):
        numbers = range(first, min(first + SETS_AT_ONCE, count))
        held += await asyncio.gather(*(hold_one(host, port, admin, number) for number in numbers))
    return held


async def measure(process, polls, seconds):
    url = process.wait_until_ready()["url"]
    host, port = url.removeprefix("http://").split(":")
    control = Connection(host, int(port))
    admin = await connect(control, url)
    before = process.resident_kib()
    begin = time.monotonic()
    held = await hold_all(host, int(port), admin, polls)
    await control.call("GET", "/_sim/clock", "")  # all polls have arrived when this is answered
    setup = time.monotonic() - begin
    setup_processor = process.processor_seconds()
    await asyncio.sleep(seconds)
    idle_processor = process.processor_seconds() - setup_processor
    begin = time.monotonic()
    await control.call("POST", "/_sim/jobs", "", {"labels": [f"set-{polls // 2}"]})
    status, message = await asyncio.wait_for(held[polls // 2].answer(), 30)
    woken = time.monotonic() - begin
    if status != 200 or "JobAssigned" not in message["body"]:
        raise SystemExit("the poll was woken, but not by its job")
    resident = process.resident_kib()
    for connection in held:
        connection.writer.close()
    return {"polls": polls, "residentMiB": round(resident / 1024, 1), "kibPerPoll": round((resident - before) / polls, 1),
            "setupSeconds": round(setup, 1), "setupProcessorSeconds": round(setup_processor, 1),
            "idleProcessorPercent": round(100 * idle_processor / seconds, 2), "secondsFromJobToMessage": round(woken, 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--polls", type=int, default=10000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--state", action="store_true", help="with a state file")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < arguments.polls + 100:
        raise SystemExit(f"the limit of open files is {hard}: too low for {arguments.polls} polls")
    with tempfile.TemporaryDirectory() as folder:
        process = Process(arguments.binary, folder, arguments.state)
        try:
            result = asyncio.run(asyncio.wait_for(measure(process, arguments.polls, arguments.seconds), TOTAL_LIMIT))
        finally:
            process.stop()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
