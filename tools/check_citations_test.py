"""The check of citations finds citations of things that do not exist, and lets correct ones pass."""

import pathlib
import tempfile
import unittest

import check_citations

PROTOCOL = """# The protocol
## 6. Queue
### 6.1 E16 Get message
### E13 Generate a JIT configuration
### E14 / E15 Others
### A.1 Vectors
## Appendix D. More
### D.3 The runner
| W-1 | a weakness |
| W-12 | another |
see W-99
"""
FIELD_PROBLEMS = "# Problems\n## A. Group\n### A1. One\n### A2. Two\n### E1. Net\n"


class Citations(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, text in {"docs/protocol.md": PROTOCOL, "docs/field-problems.md": FIELD_PROBLEMS, "docs/adr/0003-x.md": ""}.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)
        self.known = check_citations.read_known(self.root)

    def findings(self, text, path="src/x.hpp"):
        return check_citations.lint(path, text, self.known)

    def test_what_is_there_passes(self):
        for text in (
            "/// protocol.md 6.1, E13 to E15 and A.1. 99 is no citation.",
            "// (protocol.md 6, W-1) and W-12; docs/protocol.md 6.1; protocol.md\n/// D.3",
            "/// E16. field problems A1 to A2, (A1), (A2: because), (E13), Field problem E1",
            "// ADR 3, ADR 0003; ARC ADR 2022-10-27; docs/protocol.md, docs/adr, build/docs/none.html",
            "f(A9); x = E77;  // specific to 5, the specification, build/release",
        ):
            self.assertEqual(self.findings(text), [], text)
        self.assertEqual(self.findings("[a](adr/0003-x.md) [b](protocol.md#6-queue) [c](https://x.y/z) [d](#here)", "docs/x.md"), [])
        self.assertEqual(self.findings("[protocol.md](protocol.md) 6.1 and `protocol.md` E13", "docs/x.md"), [])

    def test_what_is_not_there_is_found(self):
        for text in (
            "// protocol.md 6.2",
            "// protocol.md 6.1, 6.2",
            "// protocol.md 6 and\n// 7",
            "// protocol.md E17",
            "// protocol.md\n/// A.2",
            "// W-2",
            "// W-99",
            "// field problem A3",
            "// field problems A1 to A3",
            "// (A3)",
            "// (A1, A3)",
            "/// E99.",
            "// ADR 4",
            "// ADRs 3 and 18",
            "// docs/none.md",
            "// spec 6.1",
            "// Spec E13.",
            "/// (spec\n/// 6.1)",
            "// wire specification 6.1",
            "// field-problems A1",
            "// architecture.md",
            "// style.md",
            "// ../shared/x",
        ):
            self.assertEqual(len(self.findings(text)), 1, (text, self.findings(text)))
        self.assertEqual(len(self.findings("[a](adr/0004-x.md)", "docs/x.md")), 1)
        self.assertEqual(len(self.findings("(A3)", "docs/x.md")), 1)

    def test_a_finding_has_its_file_and_line(self):
        self.assertEqual(self.findings("x\n\n// see W-2\n"), ["src/x.hpp:3: W-2 is not in protocol.md 13"])
        self.assertTrue(self.findings("// protocol.md 6.1 and\n// 6.2")[0].startswith("src/x.hpp:2: "))

    def test_a_decision_that_the_index_leaves_out_is_found(self):
        self.assertEqual(self.findings("none", "docs/adr/README.md"), ["docs/adr/README.md:1: 0003-x.md is not listed"])
        self.assertEqual(self.findings("[3](0003-x.md)", "docs/adr/README.md"), [])

    def test_names_alone_count_in_comments_only(self):
        self.assertEqual(self.findings('call("(A9)", E99);'), [])
        self.assertEqual(self.findings("(A9) E99", "a.json"), [])

    def test_main_reads_files_and_tells_by_its_exit_code(self):
        (self.root / "good.md").write_text("W-1")
        self.assertEqual(check_citations.main(["good.md", "deleted.md"], self.root), 0)
        self.assertEqual(self.findings("W-99", "fuzz/corpus/x/1"), [])


class ThisRepository(unittest.TestCase):
    def test_the_documents_are_understood(self):
        known = check_citations.read_known(check_citations.ROOT)
        self.assertLessEqual({"0.1", "2.4", "6.2", "10.10", "13", "E1", "E16", "E17", "E19", "A.5", "D.5"}, known.sections)
        self.assertEqual(known.weaknesses, {f"W-{n}" for n in range(1, 32)})
        groups = {"A": 10, "B": 10, "C": 7, "D": 4, "E": 4, "F": 4, "G": 5, "H": 5, "I": 14}
        self.assertEqual(known.problems, {f"{group}{n}" for group, count in groups.items() for n in range(1, count + 1)})


if __name__ == "__main__":
    unittest.main()
