"""What must not be in the program that is shipped."""

import unittest

from e2e import BINARY, EndToEndTest


class Shipped(EndToEndTest):
    def test_it_has_no_crash_points(self):
        program = BINARY.read_bytes()
        self.assertTrue(b"SCALESET_INSTANCE" in program, "names of variables are found as they are written")
        self.assertFalse(b"SCALESET_CRASH_AT" in program or b"killed at: " in program)


if __name__ == "__main__":
    unittest.main()
