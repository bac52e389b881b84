#!/usr/bin/env python3
"""Measures libscaleset and, where Go is present, GitHub's Go client in the same run against the same server; JSON lines.

    run.py BINARIES [--quick]

BINARIES is the folder with bench_server and bench_client. --quick: fewer sessions and rounds, no idle time: whether it works. Each
measure is a process of its own, since what one has used stays resident. The last line of each figure holds both, and what must be reached.
nghttpx before the server makes TLS and HTTP/2. Standard library only.
"""
import argparse
import contextlib
import json
import pathlib
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
GO_MODULE = ROOT / "tests" / "conformance" / "go"
START_DEADLINE = 60
MEASURE_DEADLINE = 600


def wait_for(condition, what):
    deadline = time.monotonic() + START_DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"bench: {what} did not start")
        time.sleep(0.05)


@contextlib.contextmanager
def process(*command):
    started = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield started
    finally:
        started.terminate()
        started.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(folder):
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
                   check=True, capture_output=True)
    return certificate, key


def answers_tls(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as plain, context.wrap_socket(plain):
            return True
    except OSError:
        return False


@contextlib.contextmanager
def tls_front(folder, url):
    certificate, key = make_certificate(folder)
    port, backend = free_port(), url.rsplit(":", 1)[1]
    with process("nghttpx", "--conf=/dev/null", f"--frontend=127.0.0.1,{port}", f"--backend=127.0.0.1,{backend}", "--workers=1",
                 "--frontend-read-timeout=10m", "--frontend-http2-read-timeout=10m", "--backend-read-timeout=10m",
                 "--frontend-http2-max-concurrent-streams=100", "--no-ocsp",
                 key, certificate):
        wait_for(lambda: answers_tls(port), "nghttpx")
        yield f"https://127.0.0.1:{port}", certificate


def measure(command):
    result = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, timeout=MEASURE_DEADLINE)
    line = json.loads(result.stdout)
    print(json.dumps(line), flush=True)
    return line


class Ours:
    def __init__(self, binaries):
        self.program = binaries / "bench_client"

    def jit(self, url):
        return measure([self.program, "jit", url, 200])["milliseconds"]

    def message(self, url, rounds):
        return measure([self.program, "message", url, rounds])["microseconds"]

    def held(self, url, sessions, seconds=0, certificate=None):
        return measure([self.program, "held", url, sessions, seconds, *([certificate] if certificate else [])])


class Go:
    """GitHub's client, built once."""

    def __init__(self, folder):
        self.program = folder / "go_bench"
        go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
        self.present = go is not None
        if go:
            subprocess.run([go, "build", "-o", str(self.program), "./cmd/bench"], cwd=GO_MODULE, check=True)

    def measure(self, what, url, certificate=None):
        if not self.present:
            return None
        return measure([self.program, *(["-ca", certificate] if certificate else []), what, url])["value"]


def report(figure, unit, ours, go, limit):
    """Without a limit the figure is only reported."""
    reached = limit is None or ours <= limit
    line = {"figure": figure, "unit": unit, "libscaleset": round(ours, 2)}
    if limit is not None:
        line.update({"must_reach": round(limit, 2), "reached": reached})
    if go is not None:
        line.update({"go": round(go, 2), "go_over_libscaleset": round(go / ours, 1)})
    print(json.dumps(line), flush=True)
    return reached


def kib(value):
    return None if value is None else value / 1024


def run(binaries, folder, quick):
    ours, go = Ours(binaries), Go(folder)
    port_file = folder / "url"
    with process(binaries / "bench_server", port_file):
        wait_for(port_file.exists, "bench_server")
        url = port_file.read_text().strip()
        many, rounds, idle = (100, 50, 0) if quick else (1000, 2000, 100)
        seconds = go.measure("jit", url)
        good = [report("200 JIT configurations, 50 ms each", "s", ours.jit(url) / 1000, seconds, 0.35)]
        # A ratio of one run, since the machine may be busy.
        decoded = go.measure("decode", url)
        good.append(report("get and decode a message of 50 jobs", "us", ours.message(url, rounds), decoded, decoded / 3 if decoded else None))
        one = ours.held(url, 1)
        good.append(report("private memory, one session", "MiB", one["anonymous_kib"] / 1024, None, 2))
        report("resident memory, one session", "MiB", one["resident_kib"] / 1024, (kib(go.measure("one", url)) or 0) / 1024 or None, None)
        plain = ours.held(url, many)
        good.append(report(f"resident memory a session, plain, {many}", "KiB", plain["kib_per_session"], kib(go.measure("sessions", url)), 17))
        with tls_front(folder, url) as (secure, certificate):
            tls = ours.held(secure, many, certificate=certificate)
            good.append(report(f"resident memory a session, TLS and HTTP/2, {many}", "KiB", tls["kib_per_session"],
                               kib(go.measure("sessions", secure, certificate)), 20))
        most = ours.held(url, 1000 if quick else 10000, idle)
        good.append(report(f"resident memory a session, plain, {most['sessions']}", "KiB", most["kib_per_session"], None, 16))
        good.append(report(f"resident memory, {most['sessions']} sessions in one thread", "MiB", most["resident_kib"] / 1024, None, 170))
        good.append(report(f"processor, {most['sessions']} idle sessions, a poll per 50 s", "% of a core", most["percent_of_a_core"], None, 2))
    return all(good)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection a session, at both ends
    with tempfile.TemporaryDirectory(prefix="scaleset-bench-") as folder:
        good = run(arguments.binaries.resolve(), pathlib.Path(folder), arguments.quick)
    return 0 if good or arguments.quick else 1


if __name__ == "__main__":
    sys.exit(main())
