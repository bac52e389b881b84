"""Fails on files over 500 lines and on functions over 80. Functions should stay under 40, but that is not checked."""

import re
import sys

import lint_main

FILE_LIMIT = 500
FUNCTION_LIMIT = 80
# With the project's formatting a function's body opens at the end of a line that starts in column 0 (or inside a class, indented
# by two) and closes with a brace in the same column.
OPENS = re.compile(r"^( {0,2})(?!namespace|class|struct|enum|union|extern|using|\}|#|//)\S.*\{$")
# A table of data, `constexpr auto kRoutes = std::to_array<Route>({`, is as long as it has rows.
TABLE = re.compile(r"= [\w:<>]*\(\{$")


def functions(lines):
    """Yields (first line number, length) of everything that looks like a function's body."""
    index = 0
    while index < len(lines):
        match = OPENS.match(lines[index])
        if match and not TABLE.search(lines[index]) and "(" in " ".join(lines[max(0, index - 3) : index + 1]):
            closing = match.group(1) + "}"
            end = next((i for i in range(index + 1, len(lines)) if lines[i].startswith(closing)), None)
            if end is not None:
                yield index + 1, end - index + 1
                index = end
        index += 1


def lint(path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LIMIT:
        yield f"{path}: {len(lines)} lines; split it (limit {FILE_LIMIT})"
    for line, length in functions(lines):
        if length > FUNCTION_LIMIT:
            yield f"{path}:{line}: function of {length} lines; split it (limit {FUNCTION_LIMIT})"


if __name__ == "__main__":
    sys.exit(lint_main.run(lint))
