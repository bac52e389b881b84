#!/usr/bin/env python3
"""Fails if a citation names something that does not exist.

    protocol.md 6.2, E13, A.1    a section, an endpoint or an appendix of docs/protocol.md
    W-8                          a weakness in its section 13
    field problems A1 to A5      of docs/field-problems.md; in comments and documents also in brackets alone, (A5)
    ADR 3                        a file docs/adr/0003-*.md; docs/adr/README.md lists all of them
    docs/..., [text](path)       a file or folder

In comments of C++, endpoints without a document's name (E13) are checked as well. A citation of the specification by one of its older names is
an error. The files come from the command line; without arguments they are all files that Git knows or could add.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# These contain examples of wrong citations.
EXEMPT = {"tools/check_citations.py", "tools/check_citations_test.py"}
EXEMPT_FOLDERS = ("fuzz/corpus/",)
DECISION_INDEX = "docs/adr/README.md"

GAP = r"(?:[ \t]+|[ \t]*\n[ \t]*(?:///?|#|\*)?[ \t]*)"  # a space, or a line break within a comment


def listed(one):
    """A regular expression for one or several of what `one` matches, as in "1, 3 to 5 and 7"."""
    return rf"{one}\b(?:(?:,?{GAP}(?:and|to|or){GAP}|,{GAP}){one}\b)*"


SECTION = r"(?:E\d+|[A-D]\.\d+|\d+(?:\.\d+)?)"
PROBLEM = r"[A-I]\d+"
PROTOCOL = re.compile(rf"protocol\.md`?(?:\]\([^)]*\))?{GAP}({listed(SECTION)})")
WEAKNESS = re.compile(r"\bW-\d+\b")
FIELD_PROBLEM = re.compile(rf"\bfield problems?{GAP}({listed(PROBLEM)})", re.IGNORECASE)
IN_BRACKETS = re.compile(rf"\(({listed(PROBLEM)})[):,;]")
ENDPOINT = re.compile(r"(?<![\w.-])E\d{1,2}\b")
DECISION = re.compile(rf"\bADRs?{GAP}({listed(r'[0-9]+')})(?!-\d)")
DOCUMENT = re.compile(r"(?<![\w./-])docs/[\w./-]*\w")
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")
OLD = re.compile(
    rf"\bspec(?:ification)?s?,?{GAP}\(?(?:§|[A-E]\.?\d|\d+\b(?!\w))|\bfield-problems{GAP}[A-I]\d|wire-protocol\.md|\barchitecture\.md|\bstyle\.md|\.\./shared\b",
    re.IGNORECASE,
)


class Known:
    """What can be cited."""

    def __init__(self, protocol, field_problems, decisions, root=ROOT):
        headings = "\n".join(re.findall(r"^#+ (.*)$", protocol, re.MULTILINE))
        self.sections = set(re.findall(rf"^({SECTION})\b", headings, re.MULTILINE)) | set(re.findall(r"\bE\d+\b", headings))
        self.weaknesses = set(re.findall(r"^\| (W-\d+) \|", protocol, re.MULTILINE))
        self.problems = set(re.findall(rf"^#+ ({PROBLEM})\b", field_problems, re.MULTILINE))
        self.decision_files = sorted(name for name in decisions if name[:4].isdigit())
        self.decisions = {int(name[:4]) for name in self.decision_files}
        self.root = root


def read_known(root):
    docs = root / "docs"
    texts = [(docs / name).read_text(encoding="utf-8") for name in ("protocol.md", "field-problems.md")]
    return Known(*texts, [path.name for path in (docs / "adr").glob("*.md")], root)


def comments(path, text):
    """The text with everything but comments blanked. None if citations without a document's name are not checked in files of this kind."""
    if path.endswith((".cpp", ".hpp")):
        lines = (line if at < 0 else " " * at + line[at:] for line in text.split("\n") for at in [line.find("//")])
        return "\n".join(line if "//" in line else " " * len(line) for line in lines)
    return text if path.endswith((".md", ".py")) else None


def parts(match):
    """The single names in a match of `listed`, each with its position."""
    return [(found.group(), match.start(1) + found.start()) for found in re.finditer(r"[\w.]*\d", match.group(1))]


def missing(path, text, known):
    """Yields (position, what is wrong)."""
    for match in PROTOCOL.finditer(text):
        yield from ((at, f"protocol.md has no section {name}") for name, at in parts(match) if name not in known.sections)
    for match in WEAKNESS.finditer(text):
        if match.group() not in known.weaknesses:
            yield match.start(), f"{match.group()} is not in protocol.md 13"
    for match in FIELD_PROBLEM.finditer(text):
        yield from ((at, f"there is no field problem {name}") for name, at in parts(match) if name not in known.problems)
    for match in DECISION.finditer(text):
        yield from ((at, f"there is no docs/adr/{int(name):04}-*.md") for name, at in parts(match) if int(name) not in known.decisions)
    for match in DOCUMENT.finditer(text):
        if not (known.root / match.group()).exists():
            yield match.start(), f"there is no {match.group()}"
    for match in OLD.finditer(text):
        yield match.start(), f"'{' '.join(match.group().split())}' is not how this repository cites; see docs/protocol.md and docs/field-problems.md"
    yield from missing_in_comments(path, text, known)
    if path == DECISION_INDEX:
        yield from ((len(text), f"{name} is not listed") for name in known.decision_files if f"({name})" not in text)
    if path.endswith(".md"):
        folder = (known.root / path).parent
        yield from ((m.start(), f"there is no {m.group(1)}") for m in LINK.finditer(text) if not (folder / m.group(1)).exists())


def missing_in_comments(path, text, known):
    text = comments(path, text)
    if text is None:
        return
    for match in IN_BRACKETS.finditer(text):
        for name, at in parts(match):
            if name not in known.problems and name not in known.sections:
                yield at, f"({name}) is neither a field problem nor an endpoint"
    if path.endswith((".cpp", ".hpp")):
        for match in ENDPOINT.finditer(text):
            if match.group() not in known.sections | known.problems:
                yield match.start(), f"protocol.md has no section {match.group()}"


def lint(path, text, known):
    if path in EXEMPT or path.startswith(EXEMPT_FOLDERS):
        return []
    found = sorted({(text.count("\n", 0, at) + 1, problem) for at, problem in missing(path, text, known)})
    return [f"{path}:{line}: {problem}" for line, problem in found]


def tracked_files(root):
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\n")[:-1]


def main(paths, root=ROOT):
    known = read_known(root)
    findings = []
    for path in paths or tracked_files(root):
        if (root / path).is_file():  # a deleted one is still listed
            findings.extend(lint(path, (root / path).read_text(encoding="utf-8", errors="replace"), known))
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
