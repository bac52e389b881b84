#!/usr/bin/env python3
"""Fails if docs/field-problems.md names a test that does not exist, or does not say of a problem which tests hold what we do about it.

Every problem names a test, or has a paragraph "Planned:" that says what is not there yet. The problems in REQUIRED must name a test. Tests are named
as in check_conformance_map.py: ROOM/Suite.Name, simulation/Suite.Name, e2e/Class.test_name.
"""

import pathlib
import re
import sys

import check_conformance_map

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/field-problems.md"
# What `scaleset run` must do something about. Of some entries only parts are done; the entry says which.
REQUIRED = {
    *{f"A{number}" for number in range(1, 11)},
    *{f"B{number}" for number in range(1, 11)},
    *"C1 C2 C4 C5 C6 D1 D2 D4 E1 E2 E4 G2 G5 I3 I4 I5 I6 I7 I8 I11".split(),
}
HEADING = re.compile(r"^### ([A-I]\d+)\. ", re.MULTILINE)
NEXT_GROUP = re.compile(r"^## ", re.MULTILINE)
TEST = re.compile(r"`([a-z0-9]+/[A-Z]\w*\.\w+)`")


def problems_of(markdown: str) -> dict[str, str]:
    """The text of each problem by its number."""
    parts = HEADING.split(markdown)[1:]
    return {number: NEXT_GROUP.split(text)[0] for number, text in zip(parts[::2], parts[1::2])}


def find_problems(markdown: str, existing: set[str], required: set[str]) -> list[str]:
    entries = problems_of(markdown)
    found = [f"{number}: is required, but there is no such entry" for number in sorted(required - set(entries))]
    for number, text in entries.items():
        tests = TEST.findall(text)
        found += [f"{number}: there is no test {test}" for test in tests if test not in existing]
        if tests:
            continue
        if number in required:
            found.append(f"{number}: is required, but names no test")
        elif "\nPlanned:" not in text:
            found.append(f'{number}: names no test, and no paragraph begins with "Planned:"')
    return found


def main() -> int:
    found = find_problems(DOCUMENT.read_text(encoding="utf-8"), check_conformance_map.existing_tests(ROOT), REQUIRED)
    for problem in found:
        print(f"{DOCUMENT.relative_to(ROOT)}: {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
