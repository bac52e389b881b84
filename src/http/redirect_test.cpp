#include "http/redirect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
constexpr char const* kUrl = "https://api.example.com/repos/old?page=2";

HttpResponse answer(int status, std::string location) {
  HttpResponse response;
  response.status = status;
  if (!location.empty()) response.headers = {{"Location", std::move(location)}};
  return response;
}

std::string followed(HttpMethod method, int status, std::string const& location) {
  auto const target = redirect_target(method, kUrl, answer(status, location), 0);
  if (!target) return "refused: " + target.error().message;
  return target->value_or("the answer");
}

TEST(Redirect, OnlyARedirectStatusWithALocationIsFollowed) {
  EXPECT_EQ(followed(HttpMethod::get, 200, "/new"), "the answer");
  EXPECT_EQ(followed(HttpMethod::get, 201, "/new"), "the answer");
  EXPECT_EQ(followed(HttpMethod::get, 304, "/new"), "the answer");
  EXPECT_EQ(followed(HttpMethod::get, 302, ""), "the answer");
}

TEST(Redirect, Only307And308AreFollowedForOtherMethodsThanGet) {
  for (int const status : {301, 302, 303, 307, 308})
    EXPECT_EQ(followed(HttpMethod::get, status, "/new"), "https://api.example.com/new") << status;
  for (HttpMethod const method :
       {HttpMethod::post, HttpMethod::patch, HttpMethod::put, HttpMethod::del}) {
    for (int const status : {307, 308})
      EXPECT_EQ(followed(method, status, "/new"), "https://api.example.com/new") << status;
    for (int const status : {301, 302, 303})
      EXPECT_EQ(followed(method, status, "/new"), "the answer") << status;
  }
}

TEST(Redirect, TheLocationMayBeRelativeAndHaveAnyCase) {
  EXPECT_EQ(followed(HttpMethod::get, 307, "new?a=b#c"), "https://api.example.com/repos/new?a=b");
  EXPECT_EQ(followed(HttpMethod::get, 307, "?page=3"), "https://api.example.com/repos/old?page=3");
  EXPECT_EQ(followed(HttpMethod::get, 307, "//API.example.com:443/x y"),
            "https://API.example.com:443/x%20y");
}

TEST(Redirect, ToAnotherHostIsRefusedAndOnlyTheHostIsNamed) {
  for (std::string const elsewhere :
       {"https://evil.example.com", "http://api.example.com", "https://api.example.com:8443",
        "//evil.example.com", "https://api.example.com@evil.example.com"}) {
    auto const target =
        redirect_target(HttpMethod::get, kUrl, answer(307, elsewhere + "/path?token=hidden"), 0);
    ASSERT_FALSE(target) << elsewhere;
    EXPECT_EQ(target.error().code, ErrorCode::unexpected_status);
    EXPECT_EQ(target.error().http_status, 307);
    EXPECT_FALSE(target.error().transient());
    EXPECT_THAT(target.error().message,
                HasSubstr("https://api.example.com:443 redirects the request"));
    EXPECT_THAT(target.error().message, Not(HasSubstr("hidden")));
  }
}

TEST(Redirect, ALocationThatIsNotAUrlIsRefused) {
  for (char const* location : {"https://", "http://[::1", "https://a b/"})
    EXPECT_THAT(followed(HttpMethod::get, 302, location), HasSubstr("refused: ")) << location;
}

TEST(Redirect, CredentialsInALocationAreIgnored) {
  EXPECT_EQ(followed(HttpMethod::get, 302, "https://me:secret@api.example.com/new"),
            "https://api.example.com/new");
}

TEST(Redirect, EndsAfterTen) {
  EXPECT_TRUE(redirect_target(HttpMethod::get, kUrl, answer(307, "/new"), kMaxRedirects - 1));
  auto const target = redirect_target(HttpMethod::get, kUrl, answer(307, "/new"), kMaxRedirects);
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().message, HasSubstr("after 10 redirects"));
  EXPECT_TRUE(redirect_target(HttpMethod::get, kUrl, answer(200, ""), kMaxRedirects));
}

}  // namespace
}  // namespace scaleset::http
