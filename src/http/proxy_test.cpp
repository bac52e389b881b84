#include "http/proxy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Proxy parsed(std::string_view text) {
  Result<std::optional<Proxy>> proxy = parse_proxy(text);
  EXPECT_TRUE(proxy && *proxy) << text;
  return proxy && *proxy ? **proxy : Proxy();
}

TEST(Proxy, AnEmptySettingMeansNoProxy) {
  Result<std::optional<Proxy>> const proxy = parse_proxy("");
  ASSERT_TRUE(proxy);
  EXPECT_FALSE(*proxy);
}

TEST(Proxy, TheUserAndPasswordAreDecodedAndNotInTheUrl) {
  Proxy const proxy = parsed("http://me%40corp:p%3Ass:w%2Frd@proxy.corp:3128/");
  EXPECT_EQ(proxy.url, "http://proxy.corp:3128");
  EXPECT_EQ(proxy.place, "proxy.corp:3128");
  EXPECT_EQ(proxy.user, "me@corp");
  EXPECT_EQ(proxy.password.reveal(), "p:ss:w/rd");
}

TEST(Proxy, EverySchemeHasItsPort) {
  EXPECT_EQ(parsed("http://proxy").url, "http://proxy:80");
  EXPECT_EQ(parsed("HTTPS://proxy").url, "https://proxy:443");
  EXPECT_EQ(parsed("socks5://proxy").url, "socks5://proxy:1080");
  EXPECT_EQ(parsed("socks5h://[::1]").url, "socks5h://[::1]:1080");
}

TEST(Proxy, WithoutASchemeItIsHttp) {
  Proxy const proxy = parsed("me:secret@proxy.corp:3128");
  EXPECT_EQ(proxy.url, "http://proxy.corp:3128");
  EXPECT_EQ(proxy.user, "me");
}

TEST(Proxy, AUserNeedsNoPassword) {
  Proxy const proxy = parsed("http://me@proxy");
  EXPECT_EQ(proxy.user, "me");
  EXPECT_TRUE(proxy.password.empty());
}

TEST(Proxy, AnInvalidSettingIsRefusedWithoutRepeatingIt) {
  for (char const* text :
       {"ftp://me:secret@proxy", "http://me:secret@", "http://me:secret@proxy:port",
        "http://me:secret%zz@proxy", "http://me:secret%00@proxy", "http://me:secret@proxy\r\n",
        "socks4://me:secret@proxy", "://me:secret@proxy"}) {
    Result<std::optional<Proxy>> const proxy = parse_proxy(text);
    ASSERT_FALSE(proxy) << text;
    EXPECT_EQ(proxy.error().code, ErrorCode::invalid_options);
    EXPECT_THAT(proxy.error().message, HasSubstr("the proxy setting "));
    EXPECT_THAT(proxy.error().message, Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace scaleset::http
