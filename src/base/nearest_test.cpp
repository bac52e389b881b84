#include "base/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace scaleset::base {
namespace {

TEST(Nearest, IsTheWordThatWasProbablyMeant) {
  std::vector<std::string> const known{"create", "delete", "get", "list", "--max-runners"};
  EXPECT_EQ(nearest("craete", known), "create");
  EXPECT_EQ(nearest("delet", known), "delete");
  EXPECT_EQ(nearest("lst", known), "list");
  EXPECT_EQ(nearest("--max-runer", known), "--max-runners");
  EXPECT_EQ(nearest("get", known), "get");
}

TEST(Nearest, IsNoneIfNoWordIsNear) {
  std::vector<std::string> const known{"create", "get"};
  EXPECT_EQ(nearest("frobnicate", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace scaleset::base
