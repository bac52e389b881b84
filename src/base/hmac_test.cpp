#include "base/hmac.hpp"

#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace scaleset::base {
namespace {

std::string as_text(std::string_view key, std::string_view bytes) {
  return base64url_encode(hmac_sha256(Secret(std::string(key)), bytes));
}

// The test cases 1, 2 and 6 of RFC 4231, their digests in base64url.
TEST(Hmac, IsThatOfTheStandard) {
  EXPECT_EQ(as_text(std::string(20, '\x0b'), "Hi There"),
            "sDRMYdjbOFNcqK_OrwvxK4gdwgDJgz2nJuk3bC4yz_c");
  EXPECT_EQ(as_text("Jefe", "what do ya want for nothing?"),
            "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
  EXPECT_EQ(
      as_text(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
      "YOQxWR7gtn8Niiaqy_W3f44LxiE3KMUUBUYEDw7jf1Q");
}

TEST(Hmac, DependsOnTheKeyAndOnEachByte) {
  EXPECT_NE(as_text("one", "text"), as_text("other", "text"));
  EXPECT_NE(as_text("one", "text"), as_text("one", "texT"));
  EXPECT_EQ(as_text("", "").size(), 43U);
}

}  // namespace
}  // namespace scaleset::base
