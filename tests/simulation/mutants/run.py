#!/usr/bin/env python3
"""Breaks one rule after the other in a copy of the sources and checks that something notices: run.py [--hours N] [--list] [--check] [NAME...].

Each `NN-what.patch` in this folder begins with a line that says which rule it breaks. Without more, the simulation has to find a violation within N
fleet-hours (2,000), of companies with several scale sets if the next line is `simulation: companies`. If it is `test: ROOM/Suite.Name` or `test: e2e/Class.test_name`, that test has to fail instead, which it must not do
without the patch. NAME is the beginning of a patch's name; without any, all are tried.

--check only looks whether the patches apply and the tests exist, which takes a second; `./dev lint` does that.

Exit code 1: a broken rule was not noticed, or a patch no longer applies. Then the simulation or the test is to be mended, or the patch be written anew.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
COPY = ROOT / "build/mutants"
BINARIES = COPY / "build/release/bin"
HOURS_OF_A_WORLD = 10
LONGEST_WORLD = 150  # seconds; a mutant may run for ever
LONGEST_TEST = 120
# So that Git takes the copy for what it is and not for a part of this repository, in which it would ignore the patch.
OUTSIDE = {**os.environ, "GIT_CEILING_DIRECTORIES": str(COPY.parent)}
SEED = re.compile(r"^seed (\d+):", re.MULTILINE)
VIOLATION = re.compile(r"^seed \d+:.*\n  (.*)", re.MULTILINE)


class Failure(Exception):
    pass


class Mutant:
    def __init__(self, path):
        self.path = path
        self.name = path.stem
        first, second, *_ = path.read_text(encoding="utf-8").split("\n")
        self.rule = first
        self.test = second.removeprefix("test: ") if second.startswith("test: ") else None
        self.flags = ["--companies"] if second == "simulation: companies" else []
        self.target = target_of(self.test)


def target_of(test):
    """What has to be built for a test, or for the simulation if there is none."""
    if test is None:
        return "simulate_fleet"
    room = test.split("/")[0]
    return "scaleset" if room == "e2e" else f"{room}_test"


def call(command, **more):
    return subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **more)


def copy_sources():
    """Copies what differs only, so that little has to be built anew."""
    listed = call(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True).stdout
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        source, target = ROOT / name, COPY / name
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)
    for path in COPY.rglob("*"):
        name = path.relative_to(COPY)
        if path.is_file() and name.parts[0] != "build" and str(name) not in names:
            path.unlink()


def apply(mutant, *more):
    done = call(["git", "apply", *more, mutant.path], cwd=COPY, env=OUTSIDE)
    if done.returncode != 0:
        raise Failure("the patch no longer applies: " + done.stdout.strip().replace("\n", "; "))


def build(target):
    done = call(["nice", "cmake", "--build", "--preset", "release", "-j", os.cpu_count(), "--target", target], cwd=COPY)
    if done.returncode != 0:
        raise Failure("it cannot be built:\n" + "\n".join(line for line in done.stdout.splitlines() if "error" in line or "FAILED" in line)[:2000])


def run_world(seed, flags):
    """What was violated in the world of this seed; None if nothing was."""
    command = [BINARIES / "simulate_fleet", "--hours", HOURS_OF_A_WORLD, "--seed", seed, *flags]
    try:
        done = call(command, timeout=LONGEST_WORLD)
    except subprocess.TimeoutExpired:
        return f"the world does not end within {LONGEST_WORLD} s"
    if done.returncode == 0:
        return None
    violation = VIOLATION.search(done.stdout)
    return violation.group(1) if violation else f"the simulation ended with {done.returncode}: {done.stdout.strip()[-200:]}"


def simulate(hours, flags):
    """On all processors. What was found, or None. Worlds that have begun are finished, and of several findings the one of the lowest seed counts."""
    seeds = iter(range(1, hours // HOURS_OF_A_WORLD + 1))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {}
        found = {}
        while True:
            while len(running) < os.cpu_count() and not found and (seed := next(seeds, None)):
                running[pool.submit(run_world, seed, flags)] = seed
            if not running:
                break
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for each in done:
                seed = running.pop(each)
                if each.result():
                    found[seed] = each.result()
    if not found:
        return None
    seed = min(found)
    return f"{seed * HOURS_OF_A_WORLD:5} h  seed {seed}: {found[seed][:150]}"


def run_test(test):
    room, name = test.split("/")
    if room != "e2e":
        # Parameterized tests have more around their name.
        return call([BINARIES / f"{room}_test", f"--gtest_filter={name}:*/{name}/*"], timeout=LONGEST_TEST)
    suite, method = name.split(".")
    files = [path for path in (COPY / "tests/e2e").glob("*_test.py") if re.search(rf"^class {suite}\b", path.read_text(), re.MULTILINE)]
    if not files:
        raise Failure(f"there is no test {test}")
    environment = {**os.environ, "TEST_SCALESET": str(BINARIES / "scaleset"), "PYTHONDONTWRITEBYTECODE": "1"}
    return call([sys.executable, "-m", "unittest", f"{files[0].stem}.{suite}.{method}"], cwd=COPY / "tests/e2e", env=environment, timeout=LONGEST_TEST)


def check_test(test):
    """That it exists and passes without the patch, so that its failure means something."""
    build(target_of(test))
    done = run_test(test)
    ran = re.search(r"\[  PASSED  \] [1-9]|^Ran [1-9]", done.stdout, re.MULTILINE)
    if done.returncode != 0 or not ran:
        raise Failure(f"{test} does not pass without the patch")


def notice(mutant, hours):
    """What noticed the mutant; None if nothing did."""
    if mutant.test:
        check_test(mutant.test)
    apply(mutant)
    try:
        build(mutant.target)
        if mutant.test is None:
            return simulate(hours, mutant.flags)
        try:
            return f"       {mutant.test} fails" if run_test(mutant.test).returncode != 0 else None
        except subprocess.TimeoutExpired:
            return f"       {mutant.test} does not end"
    finally:
        apply(mutant, "--reverse")


def find_problems(mutants):
    sys.path.insert(0, str(ROOT / "tools"))
    import check_conformance_map  # the names of tests
    existing = check_conformance_map.existing_tests(ROOT)
    for mutant in mutants:
        if call(["git", "apply", "--check", mutant.path], cwd=ROOT).returncode != 0:
            yield f"{mutant.name}: the patch no longer applies; write it anew"
        if mutant.test and mutant.test not in existing:
            yield f"{mutant.name}: there is no test {mutant.test}"


def chosen(names):
    mutants = [Mutant(path) for path in sorted(FOLDER.glob("*.patch"))]
    unknown = [name for name in names if not any(mutant.name.startswith(name) for mutant in mutants)]
    if unknown:
        sys.exit(f"there is no such mutant: {', '.join(unknown)}")
    return [mutant for mutant in mutants if not names or any(mutant.name.startswith(name) for name in names)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--hours", type=int, default=2000)
    parser.add_argument("--list", action="store_true", help="only print the rules that are broken")
    parser.add_argument("--check", action="store_true", help="only check that the patches apply and the tests exist")
    arguments = parser.parse_args()
    mutants = chosen(arguments.names)
    if arguments.list:
        for mutant in mutants:
            print(f"{mutant.name:48} {mutant.rule}")
        return
    if arguments.check:
        problems = list(find_problems(mutants))
        print("\n".join(problems), end="\n" if problems else "")
        sys.exit(1 if problems else 0)
    copy_sources()
    call(["cmake", "--preset", "release"], cwd=COPY, check=True)
    failed = 0
    for mutant in mutants:
        begin = time.monotonic()
        try:
            found = notice(mutant, arguments.hours)
        except Failure as failure:
            found, failed = f"FAILED: {failure}", failed + 1
        if found is None:
            found, failed = "SURVIVED", failed + 1
        print(f"{mutant.name:48} {found}  ({time.monotonic() - begin:.0f} s)", flush=True)
    print(f"{len(mutants) - failed} of {len(mutants)} broken rules were noticed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
