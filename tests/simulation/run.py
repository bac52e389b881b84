"""Runs the simulation of the autoscaler on all processors: run.py PROGRAM [--hours N] [--seed S] [--companies] [--log].

The worlds have 10 fleet-hours each and a seed of their own, from S on. A failing one prints the command that runs it alone.
"""

import argparse
import os
import subprocess
import sys
import time

HOURS_OF_A_WORLD = 10


def shares(hours, seed, processes):
    """The first seed and the hours of each process."""
    worlds = -(-hours // HOURS_OF_A_WORLD)
    processes = min(processes, worlds)
    for number in range(processes):
        first = worlds * number // processes
        after = worlds * (number + 1) // processes
        end = min(hours, after * HOURS_OF_A_WORLD)
        yield seed + first, end - first * HOURS_OF_A_WORLD


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--hours", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--companies", action="store_true", help="several scale sets on shared budgets in each, with reloads")
    parser.add_argument("--log", action="store_true", help="print what happens; on one processor")
    arguments = parser.parse_args()
    processes = 1 if arguments.log else os.cpu_count()
    flags = ["--log"] * arguments.log + ["--companies"] * arguments.companies
    begin = time.monotonic()
    running = [
        subprocess.Popen([arguments.program, "--hours", str(hours), "--seed", str(seed), *flags])
        for seed, hours in shares(arguments.hours, arguments.seed, processes)
    ]
    failed = sum(process.wait() != 0 for process in running)
    seconds = time.monotonic() - begin
    print(f"{arguments.hours} fleet-hours in {seconds:.0f} s, {arguments.hours / seconds:.1f} a second: " + ("violations were found" if failed else "no violation"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
