#!/usr/bin/env python3
"""Runs every command of docs/offline.md, in order, as a newcomer would: in a shell, in an empty home folder.

    run.py [--without-go]

The page's programs are written to the files that their code fences name. Blocks marked `go` and `cpp` are alternatives, and the
page is run once for each. Standard library only.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "offline.md"
DEADLINE = 1200
FENCE = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def script(way):
    """The page's commands for one of the two ways. Files are written just before the commands that need them."""
    # A command that fails must not leave the service behind, which holds our pipe open.
    lines = ["set -euo pipefail", "set -m", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    for language, mark, body in FENCE.findall(PAGE.read_text()):
        if language == "sh" and mark in ("", way):
            lines.append(body)
        elif mark and language == way or (way == "cpp" and language == "cmake"):
            lines.append(f"cat >{mark} <<'END_OF_FILE'\n{body}END_OF_FILE\n")
    return "\n".join(lines)


def walk(way):
    with tempfile.TemporaryDirectory(prefix="scaleset-docs-") as home:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCALESET_", "GITHUB_", "ACTIONS_"))}
        if way == "go":  # Go's folders for modules and caches stay where they are, although HOME changes
            for name in ("GOMODCACHE", "GOCACHE", "GOPROXY", "GOFLAGS", "GONOSUMDB", "GONOSUMCHECK", "GOSUMDB"):
                value = subprocess.run(["go", "env", name], capture_output=True, text=True).stdout.strip()
                if value:
                    kept[name] = value
        result = subprocess.run(["bash", "-c", script(way)], cwd=ROOT, env={**kept, "HOME": home}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=DEADLINE)
        for expected in ("runners wanted: 3", "Job build completed with result: Succeeded"):
            if result.returncode != 0 or expected not in result.stdout:
                print(result.stdout)
                sys.exit(f"docs/offline.md, {way}: exit code {result.returncode}, expected 0 and {expected!r}")
    print(f"docs/offline.md: every command works ({way})")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--without-go", action="store_true")
    for way in ("cpp",) if parser.parse_args().without_go else ("cpp", "go"):
        walk(way)


if __name__ == "__main__":
    main()
