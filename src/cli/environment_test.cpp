#include "cli/environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string_view>

namespace scaleset::cli {
namespace {

TEST(Environment, SecretIsTakenAndItsBytesAreGone) {
  ::setenv("SCALESET_TEST_SECRET", "hunter2\n", 1);
  char const* bytes = std::getenv("SCALESET_TEST_SECRET");
  auto const secret = take_secret_from_environment("SCALESET_TEST_SECRET");
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->reveal(), "hunter2");
  EXPECT_EQ(std::getenv("SCALESET_TEST_SECRET"), nullptr);
  EXPECT_EQ(std::string_view(bytes, 7).find("hunter"), std::string_view::npos);
}

TEST(Environment, UnsetOrBlankIsNoSecret) {
  ::unsetenv("SCALESET_TEST_SECRET");
  EXPECT_FALSE(take_secret_from_environment("SCALESET_TEST_SECRET"));
  ::setenv("SCALESET_TEST_SECRET", " ", 1);
  EXPECT_FALSE(take_secret_from_environment("SCALESET_TEST_SECRET"));
}

}  // namespace
}  // namespace scaleset::cli
