"""What the lints of single files share: read each file named on the command line, print the findings, exit 1 if there are any."""

import sys


def run(lint):
    findings = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            findings.extend(lint(path, file.read()))
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0
