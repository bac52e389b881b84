"""Runs the simulator, the autoscaler and 20 jobs in two bursts, with a live view and a summary at the end.

The exit code is 0 only if every job succeeded and nothing was left behind. Needs only the standard library.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime

import service_process
from service_process import START_DEADLINE, STOP_DEADLINE, Failure, Service, end, start, wait_for

ORGANIZATION = "demo-org"
SCALE_SET = "demo"
BURST_SIZES = (10, 10)
SHORTEST_JOB_MS, LONGEST_JOB_MS = 200, 5000
MAX_RUNNERS = 8
RUN_DEADLINE = 300


def start_autoscaler(binary, folder, url):
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text("demo-token\n")
    subprocess.run([str(binary), "simulate", "runner-dir", str(folder / "runner")], check=True, stdout=subprocess.DEVNULL)
    return start(
        [binary, "run", "--url", f"{url}/{ORGANIZATION}", "--name", SCALE_SET, "--token-file", token,
         "--backend", "process", "--runner-dir", folder / "runner", "--work-dir", folder / "work",
         "--min-runners", "0", "--max-runners", str(MAX_RUNNERS), "--min-idle-age", "1"],
        folder / "run.log")


def tenant(state):
    return service_process.tenant(state, ORGANIZATION)


def queue_jobs(service, count):
    service.call("POST", "/_sim/jobs", {
        "tenant": ORGANIZATION, "labels": [SCALE_SET], "count": count, "displayName": "build",
        "durationMilliseconds": [SHORTEST_JOB_MS, LONGEST_JOB_MS]})


def has_session(state):
    return state is not None and tenant(state) is not None and any(s["session"] for s in tenant(state)["scaleSets"])


def everything_acknowledged(state):
    return state is not None and not any(scale_set["undeletedMessages"] for scale_set in tenant(state)["scaleSets"])


class View:
    """Shows a table that is redrawn on a terminal, or a line for each change if the output is not a terminal."""

    def __init__(self, out=sys.stdout):
        self.out = out
        self.live = out.isatty()
        self.started = time.monotonic()
        self.height = 0
        self.last = None

    def show(self, state):
        line = self.summary_line(state)
        if not self.live:
            if line != self.last:
                print(f"{time.monotonic() - self.started:6.1f}s  {line}", file=self.out, flush=True)
            self.last = line
            return
        rows = [line, ""] + (self.table(state) if state else [])
        space = shutil.get_terminal_size().lines - 1
        rows = rows[:3] + rows[3:][-(space - 3):] if len(rows) > space else rows  # only the newest jobs if not all fit
        if self.height:
            self.out.write(f"\x1b[{self.height}A")
        self.out.write("".join(f"\x1b[2K{row}\n" for row in rows) + "\x1b[J")
        self.out.flush()
        self.height = len(rows)

    @staticmethod
    def summary_line(state):
        if state is None:
            return "the service is down"
        jobs, runners = tenant(state)["jobs"], tenant(state)["runners"]
        by_state = {name: sum(job["state"] == name for job in jobs) for name in ("queued", "assigned", "running", "completed")}
        busy = sum(runner["state"] == "busy" for runner in runners)
        return ("jobs: " + ", ".join(f"{count} {name}" for name, count in by_state.items()) +
                f" | runners: {len(runners)} registered, {busy} busy")

    @staticmethod
    def table(state):
        rows = [f"{'job':<10}{'state':<12}{'runner':<22}{'queued':>8}{'ran':>8}"]
        for job in tenant(state)["jobs"]:
            queued, ran = stage(job, "queueTime", "runnerTime"), stage(job, "runnerTime", "finishTime")
            shown = job["result"] or job["state"]
            rows.append(f"{job['jobId'][:8]:<10}{shown:<12}{job['runnerName'] or '-':<22}{seconds(queued):>8}{seconds(ran):>8}")
        return rows


def parse_time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def stage(job, begin, end):
    return parse_time(job[end]) - parse_time(job[begin]) if job.get(begin) and job.get(end) else None


def seconds(value):
    return "-" if value is None else f"{value:.1f}s"


def percentile(values, fraction):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))] if ordered else 0.0


def run_jobs(service, autoscaler, view, outage):
    wait_for(lambda: has_session(service.state()), START_DEADLINE, "the autoscaler opened no session")
    total, queued = sum(BURST_SIZES), 0
    bursts = list(BURST_SIZES)
    next_burst = time.monotonic()
    outage_begins = time.monotonic() + 5 if outage else None
    outage_ends = None
    deadline = time.monotonic() + RUN_DEADLINE + outage
    while True:
        now = time.monotonic()
        if autoscaler.poll() is not None:
            raise Failure(f"the autoscaler ended with code {autoscaler.returncode}")
        if bursts and now >= next_burst and outage_ends is None:
            queued += bursts[0]
            queue_jobs(service, bursts.pop(0))
            next_burst = now + 4
        if outage_begins and now >= outage_begins:
            service.kill()
            outage_begins, outage_ends = None, now + outage
        if outage_ends and now >= outage_ends:
            service.start()
            outage_ends = None
        state = service.state() if outage_ends is None else None
        view.show(state)
        if state and queued == total and all(job["state"] == "completed" for job in tenant(state)["jobs"]):
            return
        if now > deadline:
            raise Failure(f"not every job was done within {RUN_DEADLINE + outage:.0f} s")
        time.sleep(0.2)


def stop_autoscaler(autoscaler):
    autoscaler.send_signal(signal.SIGINT)
    try:
        code = autoscaler.wait(STOP_DEADLINE)
    except subprocess.TimeoutExpired:
        raise Failure(f"the autoscaler did not stop within {STOP_DEADLINE} s") from None
    if code != 0:
        raise Failure(f"the autoscaler ended with code {code}")


def processes_below(folder):
    """Processes whose working folder is in the folder of the runners."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            where = os.readlink(entry / "cwd")
        except OSError:
            continue
        if where.startswith(str(folder)):
            found.append(f"process {entry.name}")
    return found


def orphans(folder, state, serving):
    """What should have been cleaned up. While the autoscaler is `serving`, its session and unacknowledged messages do not count."""
    left = processes_below(folder / "work")
    left += [f"folder {path}" for path in (folder / "work").glob("*/[!.]*")]
    left += [f"record {path}" for path in (folder / "work").glob("*/.scaleset/*.instance")]
    left += [f"registration {runner['name']}" for runner in tenant(state)["runners"]]
    if serving:
        return left
    left += [f"session of {scale_set['name']}" for scale_set in tenant(state)["scaleSets"] if scale_set["session"]]
    left += [f"{scale_set['undeletedMessages']} unacknowledged messages"
             for scale_set in tenant(state)["scaleSets"] if scale_set["undeletedMessages"]]
    return left


def leftovers_after_a_while(service, folder):
    """Gives the last runner a moment to end. Returns what is left then."""
    deadline = time.monotonic() + START_DEADLINE
    while (left := orphans(folder, service.state(), serving=True)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def report(state, left):
    jobs = tenant(state)["jobs"]
    results = {}
    for job in jobs:
        results[job["result"] or job["state"]] = results.get(job["result"] or job["state"], 0) + 1
    waits = [wait for wait in (stage(job, "queueTime", "runnerTime") for job in jobs) if wait is not None]
    print("\nSummary")
    print(f"  jobs                   {len(jobs)}: " + ", ".join(f"{count} {name}" for name, count in sorted(results.items())))
    print(f"  queue time             p50 {percentile(waits, 0.5):.2f} s, p95 {percentile(waits, 0.95):.2f} s, "
          f"max {max(waits, default=0):.2f} s")
    print(f"  runners started        {state['counters']['runnersOnline']}")
    print(f"  orphans left           {len(left)}" + ("" if not left else ": " + ", ".join(left)))
    print(f"  messages acknowledged  {state['counters']['messagesAcknowledged']}")
    return results == {"succeeded": sum(BURST_SIZES)} and not left


def keep(service, autoscaler, folder):
    body = json.dumps({"tenant": ORGANIZATION, "labels": [SCALE_SET], "count": 5, "durationMilliseconds": [200, 5000]})
    print(f"""
Everything is still running. Queue more jobs:
  curl -s -X POST {service.url}/_sim/jobs -d '{body}'
See everything the service knows:
  curl -s {service.url}/_sim/state
Watch the autoscaler:
  tail -f {folder}/run.log
Stop it (the autoscaler first) and clean up:
  kill {autoscaler.pid}; while kill -0 {autoscaler.pid} 2>/dev/null; do sleep 0.2; done; kill {service.process.pid}; rm -r {folder}""")


def demo(options, folder, service):
    service.start()
    autoscaler = start_autoscaler(options.binary, folder, service.url)
    try:
        print(f"service {service.url} (process {service.process.pid}), autoscaler process {autoscaler.pid}, "
              f"{sum(BURST_SIZES)} jobs, at most {MAX_RUNNERS} runners", flush=True)
        run_jobs(service, autoscaler, View(), options.outage)
        wait_for(lambda: everything_acknowledged(service.state()), START_DEADLINE, "not every message was acknowledged")
        if options.keep:
            clean = report(service.state(), leftovers_after_a_while(service, folder))
            keep(service, autoscaler, folder)
            return clean
        stop_autoscaler(autoscaler)
        state = service.state()
        return report(state, orphans(folder, state, serving=False))
    except BaseException:
        end(autoscaler)
        raise


def show_logs(folder):
    for log in sorted(folder.glob("*.log")):
        print(f"\n{log.name}, last lines:", file=sys.stderr)
        print("\n".join(log.read_text(errors="replace").splitlines()[-25:]), file=sys.stderr)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--binary", required=True, type=lambda text: pathlib.Path(text).resolve(), help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end, and print how to queue more jobs")
    parser.add_argument("--outage", type=float, default=0, metavar="SECONDS",
                        help="kill the service during the run, and start it again on the same port after SECONDS")
    return parser.parse_args()


def main():
    options = parse_arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="scaleset-demo-"))
    service = Service(options.binary, folder, "--profile", "broker", "--state", folder / "service.json")
    kept = False
    try:
        succeeded = demo(options, folder, service)
        kept = options.keep
        if not succeeded:
            show_logs(folder)
        return 0 if succeeded else 1
    except (Failure, OSError, subprocess.CalledProcessError) as error:
        show_logs(folder)
        print(f"\ndemo failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if not kept:
            end(service.process)
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
