"""Holds the includes of every room against the order of the house: a room may include only rooms below it."""

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
    "daemon": {"backends", "store", "fleet", "listener", "client", "protocol", "http", "base"},
    "cli": {"daemon", "simulator", "backends", "store", "fleet", "listener", "client", "protocol", "http", "base"},
}
# Third-party headers that only the named files may see.
RESERVED = {
    r"curl/": r"src/http/|src/cli/main\.cpp",
    r"sqlite3\.h": r"src/store/",
    r"CLI/": r"src/cli/",
    r"spdlog/": r"src/daemon/",
    r"boost/json": r"src/protocol/codec|src/simulator/|src/cli/",
    r"boost/asio|boost/beast": r"src/(http|client|listener|simulator/(front|runner)|backends|daemon|cli)/|include/scaleset/(async|testing)/",
}
# The rooms inside the simulator, and what each may include of the others. "front" is what lies in front/ itself.
SIMULATOR = {
    "model": set(),
    "scenario": {"model"},
    "runner": set(),
    "front/parts": {"model"},
    "front/faults": {"front/parts", "model"},
    "front/github": {"front/parts", "model"},
    "front/effects": {"front/github", "front/faults", "front/parts", "model"},
    "front/control": {"front/effects", "front/github", "front/faults", "front/parts", "model"},
    "front": {"front/control", "front/effects", "front/github", "front/faults", "front/parts", "scenario", "model"},
}
INCLUDE = re.compile(r'^\s*#include\s*([<"])([^>"]+)[>"]', re.M)


def simulator_room(path):
    """The room inside the simulator that a file belongs to. None: it belongs to none."""
    for room in sorted(SIMULATOR, key=len, reverse=True):
        if path.startswith(f"simulator/{room}/"):
            return room
    return None


def lint_simulator(path, targets):
    """Tests and their helpers may use all of the simulator."""
    room = simulator_room(path.removeprefix("src/"))
    if room is None or path.endswith("_test.cpp") or "/testing/" in path:
        return
    for target in targets:
        other = simulator_room(target)
        if other is not None and other != room and other not in SIMULATOR[room]:
            yield f"{path}: room simulator/{room} must not include {target}"


def lint(path, text):
    parts = pathlib.PurePosixPath(path).parts
    room = parts[1] if parts[0] == "src" else None
    for _, target in INCLUDE.findall(text):
        other = target.split("/")[0]
        if room and other in ALLOWED and other != room and other not in ALLOWED[room]:
            yield f"{path}: room {room} must not include {target}"
        if room == "simulator" and "curl_transport" in target and not path.endswith("_test.cpp"):
            yield f"{path}: the simulator uses the serving side of http only, not {target}"
        if parts[0] == "include" and other in ALLOWED:
            yield f"{path}: a public header must not include {target}"
        if parts[0] == "include" and len(parts) == 3 and (target.startswith("scaleset/async/") or target.startswith("boost/")):
            yield f"{path}: the blocking API must not include {target}"
        for pattern, allowed in RESERVED.items():
            if re.match(pattern, target) and not re.search(allowed, path):
                yield f"{path}: {target} is reserved for {allowed}"
    yield from lint_simulator(path, [target for _, target in INCLUDE.findall(text)])


def main(root):
    findings = []
    for top in ("include", "src"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            relative = path.relative_to(root).as_posix()
            findings.extend(lint(relative, path.read_text(encoding="utf-8")))
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(__file__).resolve().parent.parent))
