#include "protocol/wire/name_problem.hpp"

#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

TEST(NameProblem, GoodNamesHaveNone) {
  for (std::string const& good :
       {std::string("linux"), std::string("my set"), std::string("größe"), std::string("a,b"),
        std::string("x"), std::string(kLongestName, 'x')})
    EXPECT_EQ(name_problem(good), "") << good;
}

TEST(NameProblem, SaysWhatKeepsATextFromBeingOne) {
  EXPECT_EQ(name_problem("a\xff"), "is not valid UTF-8");
  for (std::string const& bad : {std::string("a\nb"), std::string("a\t"), std::string("\x1b[2J"),
                                 std::string("a\x7f"), std::string("a\0b", 3)})
    EXPECT_EQ(name_problem(bad),
              "contains control characters, such as a line feed; leave them out");
  for (char const* const bad : {" a", "a ", " "})
    EXPECT_EQ(name_problem(bad), "begins or ends with a space; leave it out");
  EXPECT_EQ(name_problem(std::string(kLongestName + 1, 'x')), "is 257 bytes long; it may have 256");
}

}  // namespace
}  // namespace scaleset::protocol
