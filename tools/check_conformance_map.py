#!/usr/bin/env python3
"""Fails if a test of GitHub's client has no counterpart in tests/conformance/map.json, or a counterpart no longer exists; also if a row of
the second table of docs/differences.md names no test, or one that does not exist.

The map has three parts, each by section of docs/protocol.md: `expected` is the fixed list of the client's
tests, of the behaviours it does not test, and of its weaknesses; `map` says which of our tests correspond to each; `differences` says where our
test asserts something else on purpose, and why. A test of ours is written

    ROOM/Suite.Name              TEST, TEST_F or TEST_P in src/ROOM/**/*_test.cpp
    integration/Suite.Name       the same in tests/integration; also simulation and peers
    e2e/Class.test_name          a method in tests/e2e
    conformance/TestName         a function in tests/conformance/go
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
MAP = ROOT / "tests/conformance/map.json"
DIFFERENCES = ROOT / "docs/differences.md"
CALLS_TABLE = re.compile(r"<!-- call differences: begin -->\n\|[^\n]*\n\|[^\n]*\n(.*)<!-- call differences: end -->", re.DOTALL)
CPP_TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
GO_TEST = re.compile(r"^func (Test\w+)\(t \*testing\.T\)", re.MULTILINE)
PYTHON_CLASS = re.compile(r"^class (\w+)", re.MULTILINE)
PYTHON_TEST = re.compile(r"^    def (test_\w+)\(", re.MULTILINE)


def cpp_tests(folder: pathlib.Path, prefix: str) -> set[str]:
    return {
        f"{prefix}/{suite}.{name}"
        for path in folder.rglob("*_test.cpp")
        for suite, name in CPP_TEST.findall(path.read_text())
    }


def python_tests(folder: pathlib.Path) -> set[str]:
    found = set()
    for path in folder.glob("*_test.py"):
        parts = PYTHON_CLASS.split(path.read_text())[1:]
        for name, body in zip(parts[::2], parts[1::2]):
            found |= {f"e2e/{name}.{test}" for test in PYTHON_TEST.findall(body)}
    return found


def go_tests(folder: pathlib.Path) -> set[str]:
    return {f"conformance/{name}" for path in folder.rglob("*_test.go") for name in GO_TEST.findall(path.read_text())}


def existing_tests(root: pathlib.Path) -> set[str]:
    found = python_tests(root / "tests/e2e") | go_tests(root / "tests/conformance/go")
    for folder in ("integration", "peers", "simulation"):
        found |= cpp_tests(root / "tests" / folder, folder)
    for room in sorted((root / "src").iterdir()):
        found |= cpp_tests(room, room.name)
    return found


def find_problems(document: dict, existing: set[str]) -> list[str]:
    problems = []
    for section, names in document["expected"].items():
        mapped = document["map"].get(section, {})
        problems += [f"{section}: {name}: has no counterpart" for name in names if not mapped.get(name)]
        problems += [f"{section}: {name}: is not expected" for name in mapped if name not in names]
        told = document["differences"].get(section, {})
        problems += [f"{section}: {name}: is listed as a difference, but is not expected" for name in told if name not in names]
        for name, tests in mapped.items():
            problems += [f"{section}: {name}: there is no test {test}" for test in tests if test not in existing]
    for part in ("map", "differences"):
        problems += [f"{part}: section {name} is not expected" for name in document[part] if name not in document["expected"]]
    return problems


def find_unheld_rows(markdown: str, existing: set[str]) -> list[str]:
    """The rows of the table between the marks; the last cell of each names tests in backquotes."""
    table = CALLS_TABLE.search(markdown)
    if not table:
        return ["the marks of the second table, or its rows, are missing"]
    problems = []
    for line in table.group(1).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        tests = re.findall(r"`([^`]+)`", cells[-1])
        if len(cells) != 5 or not tests:
            problems.append(f"{cells[0]}: needs five cells, the last one with tests")
        problems += [f"{cells[0]}: there is no test {test}" for test in tests if test not in existing]
    return problems


def main() -> int:
    existing = existing_tests(ROOT)
    problems = [f"{MAP.relative_to(ROOT)}: {problem}" for problem in find_problems(json.loads(MAP.read_text()), existing)]
    problems += [f"{DIFFERENCES.relative_to(ROOT)}: {problem}" for problem in find_unheld_rows(DIFFERENCES.read_text(), existing)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
