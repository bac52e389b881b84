#include "client/environment_proxy.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace scaleset::client {
namespace {

constexpr auto kHttps = "https://github.com/org";
constexpr auto kHttp = "http://127.0.0.1:8080/org";

/// Starts without any of the variables, and gives them back as they were.
class EnvironmentProxyTest : public ::testing::Test {
 protected:
  EnvironmentProxyTest() {
    for (auto const* name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy",
                             "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
      if (char const* const value = std::getenv(name)) before_[name] = value;
      unsetenv(name);
    }
  }
  ~EnvironmentProxyTest() override {
    for (auto const* name : {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy",
                             "ALL_PROXY", "no_proxy", "NO_PROXY"})
      unsetenv(name);
    for (auto const& [name, value] : before_) setenv(name.c_str(), value.c_str(), 1);
  }
  static void set(char const* name, char const* value) { setenv(name, value, 1); }

 private:
  std::map<std::string, std::string> before_;
};

TEST_F(EnvironmentProxyTest, ThereIsNoneWithoutAVariable) {
  EXPECT_EQ(environment_proxy(kHttps), "");
  EXPECT_EQ(environment_proxy(kHttp), "");
  EXPECT_EQ(environment_no_proxy(), "");
}

TEST_F(EnvironmentProxyTest, TheSchemeOfTheConfigUrlDecides) {
  set("https_proxy", "http://secure:1");
  set("http_proxy", "http://plain:2");
  EXPECT_EQ(environment_proxy(kHttps), "http://secure:1");
  EXPECT_EQ(environment_proxy(kHttp), "http://plain:2");
}

TEST_F(EnvironmentProxyTest, CapitalsCountExceptForHttp) {
  set("HTTPS_PROXY", "http://secure:1");
  set("HTTP_PROXY", "http://evil:2");
  set("NO_PROXY", "localhost");
  EXPECT_EQ(environment_proxy(kHttps), "http://secure:1");
  EXPECT_EQ(environment_proxy(kHttp), "");
  EXPECT_EQ(environment_no_proxy(), "localhost");
}

TEST_F(EnvironmentProxyTest, TheLowerCaseNameWins) {
  set("HTTPS_PROXY", "http://capitals:1");
  set("https_proxy", "http://lower:2");
  set("NO_PROXY", "capitals");
  set("no_proxy", "");
  EXPECT_EQ(environment_proxy(kHttps), "http://lower:2");
  EXPECT_EQ(environment_no_proxy(), "");
}

TEST_F(EnvironmentProxyTest, AllProxyIsForWhatHasNoneOfItsOwn) {
  set("ALL_PROXY", "socks5://all:3");
  EXPECT_EQ(environment_proxy(kHttps), "socks5://all:3");
  EXPECT_EQ(environment_proxy(kHttp), "socks5://all:3");
  set("https_proxy", "http://secure:1");
  EXPECT_EQ(environment_proxy(kHttps), "http://secure:1");
}

}  // namespace
}  // namespace scaleset::client
