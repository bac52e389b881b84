"""Checks the includes of every room: a room may include only the rooms below it."""

import pathlib
import re
import sys

# What each room may include besides itself, the public headers and the standard library.
ALLOWED = {
    "base": set(),
    "http": {"base"},
    "protocol": {"base"},
    "client": {"protocol", "http", "base"},
    "listener": {"client", "protocol", "http", "base"},
    "simulator": {"http", "base"},
    "fleet": {"base"},
    "store": {"base"},
    "backends": {"http", "base"},
    "config": {"fleet", "protocol", "base"},
    "daemon": {"config", "backends", "store", "fleet", "listener", "client", "protocol", "http", "base"},
    "cli": {"daemon", "config", "simulator", "backends", "store", "fleet", "listener", "client", "protocol", "http", "base"},
}
# Rooms within a room: what files in the first folder may include of the others.
WITHIN = {
    "protocol/wire": set(),
    "protocol/machines": {"protocol/wire"},
    "simulator/model": set(),
    "simulator/scenario": {"simulator/model"},
    "simulator/runner": set(),
    "simulator/front/parts": {"simulator/model"},
    "simulator/front/faults": {"simulator/front/parts", "simulator/model"},
    "simulator/front/github": {"simulator/front/parts", "simulator/model"},
    "simulator/front/effects": {"simulator/front/github", "simulator/front/faults", "simulator/front/parts", "simulator/model"},
}
WITHIN["simulator/front/control"] = WITHIN["simulator/front/effects"] | {"simulator/front/effects"}
# What lies in the folder itself.
WITHIN["simulator/front"] = WITHIN["simulator/front/control"] | {"simulator/front/control", "simulator/scenario"}
# Third-party headers that only the named files may see.
RESERVED = {
    r"curl/": r"src/http/|src/cli/main\.cpp",
    r"sqlite3\.h": r"src/store/",
    r"CLI/": r"src/cli/",
    r"date/": r"src/fleet/schedule",
    r"toml\+\+/": r"src/base/toml_tree\.cpp",
    r"boost/json": r"src/backends/docker/codec|src/daemon/(control_codec|status_json)|src/protocol/wire/codec|src/simulator/|src/cli/",
    r"boost/asio|boost/beast": r"src/(http|client|listener|simulator/(front|runner)|backends|daemon|cli)/|src/base/(loop_timer|condition|background|boost_impl|testing/)|include/scaleset/(async|testing)/",
}
# Every wait in our code uses a clock that tests can move. Only libcurl's timers are real.
TIMERS = re.compile(r"\b(steady_timer|system_timer|deadline_timer|high_resolution_timer|basic_waitable_timer)\b")
MAY_USE_TIMERS = re.compile(r"src/base/loop_timer|src/http/curl_")
INCLUDE = re.compile(r'^\s*#include\s*([<"])([^>"]+)[>"]', re.M)


def within(path):
    """The innermost of the rooms above that the file lies in. None: it lies in none."""
    folder = path.rpartition("/")[0]
    while folder and folder not in WITHIN:
        folder = folder.rpartition("/")[0]
    return folder or None


def is_test_of_simulator(path):
    """Tests of the front go through all of its rooms."""
    return path.startswith("src/simulator/") and (path.endswith("_test.cpp") or "/testing/" in path)


def lint(path, text):
    parts = pathlib.PurePosixPath(path).parts
    room = parts[1] if parts[0] == "src" else None
    for _, target in INCLUDE.findall(text):
        other = target.split("/")[0]
        if room and other in ALLOWED and other != room and other not in ALLOWED[room]:
            yield f"{path}: room {room} must not include {target}"
        own, its = within(path.removeprefix("src/")), within(target)
        if own and its and its != own and its not in WITHIN[own] and not is_test_of_simulator(path):
            yield f"{path}: {own} must not include {target}"
        if room == "simulator" and "curl_transport" in target and not path.endswith("_test.cpp"):
            yield f"{path}: the simulator uses the serving side of http only, not {target}"
        if parts[0] == "include" and other in ALLOWED:
            yield f"{path}: a public header must not include {target}"
        if parts[0] == "include" and len(parts) == 3 and (target.startswith("scaleset/async/") or target.startswith("boost/")):
            yield f"{path}: the blocking API must not include {target}"
        for pattern, allowed in RESERVED.items():
            if re.match(pattern, target) and not re.search(allowed, path):
                yield f"{path}: {target} is reserved for {allowed}"


def lint_namespaces(path, text):
    """What public headers declare is defined in the inline namespace of the version (ADR 34)."""
    for match in re.finditer(r"^namespace scaleset(::async|::testing)? \{", text, re.M):
        line = text.count("\n", 0, match.start()) + 1
        yield f"{path}:{line}: open namespace scaleset::inline v0{match.group(1) or ''}, or clang takes a definition for another function"


def lint_timers(path, text):
    if not MAY_USE_TIMERS.match(path):
        for match in TIMERS.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{path}:{line}: {match.group()} cannot be driven by a test's clock; use base::LoopTimer, base::Condition or async::sleep_for"


def main(root):
    findings = []
    for top in ("include", "src", "tests", "bench", "fuzz", "examples"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".hpp", ".cpp", ".txt"):
                continue
            relative = path.relative_to(root).as_posix()
            text = path.read_text(encoding="utf-8")
            if top in ("include", "src") and path.suffix != ".txt":
                findings.extend(lint(relative, text))
            findings.extend(lint_timers(relative, text))
            if top in ("include", "src", "tests"):
                findings.extend(lint_namespaces(relative, text))
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(__file__).resolve().parent.parent))
