#include "scaleset/http.hpp"

#include <gtest/gtest.h>

#include "base/header_lookup.hpp"

namespace scaleset::inline v0 {
namespace {

TEST(HttpMethod, HasTheNameOnTheWire) {
  EXPECT_EQ(to_string(HttpMethod::get), "GET");
  EXPECT_EQ(to_string(HttpMethod::post), "POST");
  EXPECT_EQ(to_string(HttpMethod::patch), "PATCH");
  EXPECT_EQ(to_string(HttpMethod::put), "PUT");
  EXPECT_EQ(to_string(HttpMethod::del), "DELETE");
}

TEST(HttpResponse, FindsTheFirstHeaderOfANameInAnyCase) {
  HttpResponse response;
  response.headers = {{"activityid", "a1"}, {"X-Mark@", "no"}, {"ActivityId", "a2"}, {"Empty", ""}};
  EXPECT_EQ(response.header("ActivityId"), "a1");
  EXPECT_EQ(response.header("ACTIVITYID"), "a1");
  EXPECT_EQ(response.header("Activity"), "");
  EXPECT_EQ(response.header("X-MARK`"), "")
      << "'@' and '`' differ by the same bit as upper and lower case letters";
  EXPECT_EQ(response.header("empty"), "");
}

}  // namespace
}  // namespace scaleset::inline v0
