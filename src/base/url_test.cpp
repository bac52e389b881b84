#include "base/url.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

TEST(Url, SplitsIntoParts) {
  auto const url = parse_url("HTTPS://user:word@Host.example:8443/a/b%20c?x=1&y=2#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->userinfo, "user:word");
  EXPECT_EQ(url->host, "Host.example");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->path, "/a/b%20c");
  EXPECT_EQ(url->query, "x=1&y=2");
  EXPECT_EQ(url->fragment, "part");
  EXPECT_EQ(url->target(), "/a/b%20c?x=1&y=2");
  EXPECT_EQ(url->to_string(), "https://Host.example:8443/a/b%20c?x=1&y=2");
}

TEST(Url, KnowsIpv6) {
  auto const url = parse_url("http://[::1]:80/o");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "[::1]");
  EXPECT_EQ(url->port, "80");
  EXPECT_EQ(parse_url("http://[::1]/o")->origin(), "http://[::1]");
}

TEST(Url, EscapesBehindTheHostWhatMustBeEscaped) {
  auto const url = parse_url("http://h/a%2Fb/c d/\xc3\xb6\"<[?x={a b}#\xc3\xb6");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->path, "/a%2Fb/c%20d/%C3%B6%22%3C%5B");
  EXPECT_EQ(url->query, "x=%7Ba%20b%7D");
  EXPECT_EQ(url->fragment, "%C3%B6");
}

TEST(Url, ResolvesWhatARedirectSays) {
  auto const base = parse_url("https://h:8443/a/b?x=1");
  ASSERT_TRUE(base);
  auto const resolved = [&base](std::string_view reference) {
    auto const url = resolve_url(*base, reference);
    return url ? url->to_string() : url.error().message;
  };
  EXPECT_EQ(resolved("/c?y=2"), "https://h:8443/c?y=2");
  EXPECT_EQ(resolved("c d"), "https://h:8443/a/c%20d");
  EXPECT_EQ(resolved("../c"), "https://h:8443/c");
  EXPECT_EQ(resolved("//other/c"), "https://other/c");
  EXPECT_EQ(resolved("HTTP://[::1]:80/c"), "http://[::1]:80/c");
  EXPECT_FALSE(resolve_url(*base, "http://h:99999/"));
  EXPECT_FALSE(resolve_url(*base, "mailto:somebody"));
  EXPECT_FALSE(resolve_url(*base, "/%zz"));
}

TEST(Url, EmptyPathHasATarget) { EXPECT_EQ(parse_url("http://h")->target(), "/"); }

TEST(Url, RefusalsNeverShowTheUrl) {
  for (auto const* text :
       {"github.com/org", "://x", "", "http://", "http://[::1", "http://h:port/secret",
        "http://h:65536/secret", "http://h:99999/secret", "http://h:0/secret", "http://h/secret\n",
        "http://h/secret%zz", "http://h%41/secret", "http://se cret/x", "http://[::1/secret",
        "http://[::g]/secret", "http://::1/secret"}) {
    auto const url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(url.error().message.find("secret"), std::string::npos);
  }
}

TEST(Url, EncodesAsGo) {
  EXPECT_EQ(encode_query("a b&c+d/e=f?\"\xc3\xa4~"), "a+b%26c%2Bd%2Fe%3Df%3F%22%C3%A4~");
  EXPECT_EQ(encode_path_segment("a b/c+d:e@\xc3\xb6"), "a%20b%2Fc+d:e@%C3%B6");
}

TEST(Url, DecodesAndRefusesBrokenEscapes) {
  EXPECT_EQ(percent_decode("a%20b+c", false), "a b+c");
  EXPECT_EQ(percent_decode("a%20b+c", true), "a b c");
  EXPECT_FALSE(percent_decode("a%2", false));
  EXPECT_FALSE(percent_decode("a%zz", false));
}

TEST(Url, QueryParametersKeepOrderWithinAKey) {
  auto const parameters = parse_query("b=2&a=1&b=%31&bad=%zz&flag&&c=a=b");
  EXPECT_EQ(parameters,
            (QueryParameters{{"b", "2"}, {"a", "1"}, {"b", "1"}, {"flag", ""}, {"c", "a=b"}}));
  EXPECT_EQ(encode_query_parameters(parameters), "a=1&b=2&b=1&c=a%3Db&flag=");
}

}  // namespace
}  // namespace scaleset::base
