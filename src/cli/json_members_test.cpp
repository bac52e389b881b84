#include "cli/json_members.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace scaleset::cli {
namespace {

namespace json = boost::json;

json::value const kAnswer =
    json::parse(R"({"name":"a\u001b[2J\nb\u007f","count":-7,"list":[1],"half":0.5,"no":null})");

TEST(JsonMembers, AreFoundByTheirNames) {
  EXPECT_EQ(text_of(kAnswer, "name"), "a?[2J?b?") << "nothing controls the terminal";
  EXPECT_EQ(number_of(kAnswer, "count"), -7);
  EXPECT_EQ(list_of(kAnswer, "list").size(), 1U);
  EXPECT_EQ(member_of(kAnswer, "half"), json::value(0.5));
}

TEST(JsonMembers, OthersThanAreExpectedAreEmpty) {
  for (auto const* const name : {"missing", "no", "half"}) {
    EXPECT_EQ(text_of(kAnswer, name), "") << name;
    EXPECT_EQ(number_of(kAnswer, name), 0) << name;
    EXPECT_TRUE(list_of(kAnswer, name).empty()) << name;
  }
  EXPECT_TRUE(member_of(kAnswer, "missing").is_null());
  EXPECT_TRUE(member_of(json::value(7), "name").is_null()) << "of no object";
  EXPECT_EQ(number_of(kAnswer, "list"), 0);
  EXPECT_EQ(text_of(kAnswer, "count"), "");
}

TEST(JsonMembers, BytesOfUtf8ArePlain) { EXPECT_EQ(plain("größe"), "größe"); }

}  // namespace
}  // namespace scaleset::cli
