"""Checks that every co_await has a shape that g++ 12.2 compiles correctly (HACKING.md, "g++ 12 and co_await").

Allowed: `co_await f(x);`, `T name = co_await f(x);`, `co_return co_await f(x);` - one per statement, never in a condition, no braces
and no capturing lambda inside the awaited expression.
"""

import re
import sys

import lint_main

COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.S)
SHAPE = re.compile(
    r"^(?:co_return\s+|[\w:<>,\s*&\[\]().\->]*?[\w\])>]\s*=\s*)?co_await\b(?P<awaited>.*)$", re.S
)
CONDITION = re.compile(r"(?:if|while|for|switch|return|else)\b")
CAPTURING_LAMBDA = re.compile(r"\[[^\]&]*[\w=]\w*[^\]]*\]\s*\(")


def blank(match):
    """Keeps the line count; a string becomes an empty one."""
    text = match.group()
    return '""' if text[0] == '"' else re.sub(r"[^\n]", " ", text)


def statements(text):
    """Yields (offset, statement); a statement ends at ';' outside parentheses, or at a brace outside them."""
    start = depth = 0
    for index, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif depth == 0 and character in ";{}":
            yield start, text[start : index + (character == ";")]
            start = index + 1


def problem(statement):
    match = SHAPE.match(statement)
    if not match or CONDITION.match(statement) or not statement.endswith(";"):
        return "not `[name =] co_await call;`"
    awaited = match.group("awaited")
    if "co_await" in awaited:
        return "two co_await in one statement"
    if "{" in awaited:
        return "braces in the awaited expression: name the value first"
    if CAPTURING_LAMBDA.search(awaited):
        return "capturing lambda in the awaited expression: name it first"
    return None


def strip_labels(statement):
    """`case x:` and `default:` in front of a statement are not part of it."""
    return re.sub(r"^(?:(?:case\s[^;{}]*?[^:]|default)\s*:(?!:)\s*)+", "", statement)


def lint(path, text):
    stripped = COMMENT_OR_STRING.sub(blank, text)
    for offset, raw in statements(stripped):
        statement = strip_labels(raw.strip())
        if "co_await" not in statement:
            continue
        why = problem(statement)
        if why:
            line = stripped.count("\n", 0, offset + len(raw) - len(raw.lstrip())) + 1
            yield f"{path}:{line}: {why}: {' '.join(statement.split())[:90]}"


if __name__ == "__main__":
    sys.exit(lint_main.run(lint))
