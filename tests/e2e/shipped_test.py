"""What must not be in the program that is shipped."""

import unittest

from e2e import BINARY, EndToEndTest


class Shipped(EndToEndTest):
    def test_it_has_no_crash_points(self):
        program = BINARY.read_bytes()
        self.assertIn(b"SCALESET_TOKEN_FILE", program, "names of variables are found as they are written")
        self.assertNotIn(b"SCALESET_CRASH_AT", program)
        self.assertNotIn(b"killed at: ", program)


if __name__ == "__main__":
    unittest.main()
