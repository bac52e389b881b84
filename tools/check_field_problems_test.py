"""The check of the field problems finds tests that are gone and problems that nothing holds."""

import unittest

import check_field_problems


def document(**entries):
    return "# Title\n\n## A. Group\n\n" + "\n\n".join(f"### {number}. Name (rank 1)\n\n{text}" for number, text in entries.items()) + "\n\n## Facts\n\n`room/Not.Here`\n"


class FindProblems(unittest.TestCase):
    def problems(self, required="", **entries):
        return check_field_problems.find_problems(document(**entries), {"room/Suite.Name", "e2e/Class.test_name"}, set(required.split()))

    def test_entries_with_tests_that_exist_pass(self):
        self.assertEqual(self.problems("A1", A1="Tests: `room/Suite.Name`,\n`e2e/Class.test_name`.", B2="`room/Suite.Name`"), [])

    def test_a_test_that_is_gone_is_found(self):
        self.assertEqual(self.problems(A1="`room/Suite.Gone`, `room/Suite.Name`"), ["A1: there is no test room/Suite.Gone"])

    def test_what_is_required_needs_a_test(self):
        self.assertEqual(self.problems("A1", A1="What scaleset does: much.\n\nPlanned: more."), ["A1: is required, but names no test"])
        self.assertEqual(self.problems("A1 I2", A1="`room/Suite.Name`"), ["I2: is required, but there is no such entry"])

    def test_everything_else_needs_a_test_or_a_plan(self):
        self.assertEqual(self.problems(A1="What scaleset does: much.\n\nPlanned: more."), [])
        self.assertEqual(len(self.problems(A1="What scaleset does: much. Planned: not at the beginning of a paragraph.")), 1)

    def test_files_are_no_tests(self):
        self.assertEqual(len(self.problems("A1", A1="See `fleet/gate.cpp` and `src/backends/backend.hpp`.")), 1)


class Required(unittest.TestCase):
    def test_the_groups_are_complete(self):
        self.assertTrue({"A1", "A10", "B1", "B10", "C4", "I11"} <= check_field_problems.REQUIRED)
        self.assertFalse({"C3", "F1", "I12"} & check_field_problems.REQUIRED)


if __name__ == "__main__":
    unittest.main()
