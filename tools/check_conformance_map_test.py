"""The check of the conformance map finds what is missing, what is gone and what nobody expects."""

import pathlib
import tempfile
import unittest

import check_conformance_map


class FindProblems(unittest.TestCase):
    def problems(self, expected, mapped, differences=None):
        document = {"expected": {"s": expected}, "map": {"s": mapped}, "differences": differences or {}}
        return check_conformance_map.find_problems(document, {"room/Suite.Name"})

    def test_a_complete_map_passes(self):
        self.assertEqual(self.problems(["a"], {"a": ["room/Suite.Name"]}, {"s": {"a": "because"}}), [])

    def test_a_name_without_counterpart_is_found(self):
        self.assertEqual(self.problems(["a"], {}), ["s: a: has no counterpart"])
        self.assertEqual(self.problems(["a"], {"a": []}), ["s: a: has no counterpart"])

    def test_a_counterpart_that_is_gone_is_found(self):
        self.assertEqual(self.problems(["a"], {"a": ["room/Suite.Gone"]}), ["s: a: there is no test room/Suite.Gone"])

    def test_what_nobody_expects_is_found(self):
        self.assertEqual(self.problems([], {"a": ["room/Suite.Name"]}), ["s: a: is not expected"])
        self.assertEqual(len(self.problems([], {}, {"s": {"a": "because"}})), 1)
        self.assertEqual(len(self.problems([], {}, {"other": {}})), 1)


class FindUnheldRows(unittest.TestCase):
    def problems(self, *rows):
        table = "\n".join(["<!-- call differences: begin -->", "| | Go | ours | why | held by |", "| --- | --- |", *rows, "<!-- call differences: end -->"])
        return check_conformance_map.find_unheld_rows(table, {"room/Suite.Name"})

    def test_a_row_with_an_existing_test_passes(self):
        self.assertEqual(self.problems("| W-1 | `x` | b | c | `room/Suite.Name` |"), [])

    def test_a_row_without_a_test_or_with_one_that_is_gone_is_found(self):
        self.assertEqual(self.problems("| W-1 | a | b | c | `room/Suite.Name`, `room/Suite.Gone` |"), ["W-1: there is no test room/Suite.Gone"])
        self.assertEqual(len(self.problems("| W-1 | a | b | c | |", "| W-2 | a | b | c | nothing |", "| W-3 | a | `room/Suite.Name` |")), 3)

    def test_a_table_that_is_missing_is_found(self):
        self.assertEqual(len(check_conformance_map.find_unheld_rows("nothing", set())), 1)
        self.assertEqual(len(check_conformance_map.find_unheld_rows("<!-- call differences: begin --><!-- call differences: end -->", set())), 1)


class ExistingTests(unittest.TestCase):
    def test_every_kind_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {
                "src/room/part/a_test.cpp": "TEST(A, B) {}\nTEST_F(C, D) {\nTEST_P(\n    E, F) {}\n  TEST(Not, This)",
                "src/room/a.cpp": "TEST(Not, This) {}",
                "tests/integration/b_test.cpp": "TEST(G, H) {}",
                "tests/simulation/b_test.cpp": "TEST_F(L, M) {}",
                "tests/e2e/c_test.py": "class I(Base):\n    def test_j(self):\n    def other(self):\n",
                "tests/conformance/go/d_test.go": "func TestK(t *testing.T) {\nfunc helper(t *testing.T) {",
            }.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            self.assertEqual(
                check_conformance_map.existing_tests(root),
                {"room/A.B", "room/C.D", "room/E.F", "integration/G.H", "simulation/L.M", "e2e/I.test_j", "conformance/TestK"},
            )


if __name__ == "__main__":
    unittest.main()
