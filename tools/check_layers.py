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
    r"boost/json": r"src/protocol/codec|src/simulator/|src/cli/",
    r"boost/asio|boost/beast": r"src/(http|client|listener|simulator/(front|runner)|backends|daemon|cli)/|include/scaleset/(async|testing)/",
}
INCLUDE = re.compile(r'^\s*#include\s*([<"])([^>"]+)[>"]', re.M)


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
