#include "simulator/runner/proxy_choice.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace scaleset::simulator::pretend {
namespace {

base::Url url(std::string const& text) { return base::parse_url(text).value(); }

TEST(ProxyChoice, IsThatOfTheScheme) {
  ProxyVariables variables;
  variables.http_proxy = "http://p:1";
  variables.https_proxy = "http://q:2";
  EXPECT_EQ(proxy_for(variables, url("http://h/a"))->authority(), "p:1");
  EXPECT_EQ(proxy_for(variables, url("https://h/a"))->authority(), "q:2");
  variables.https_proxy.clear();
  EXPECT_FALSE(proxy_for(variables, url("https://h/a")));
}

TEST(ProxyChoice, LoopbackAndNoProxyAreCalledDirectly) {
  ProxyVariables variables;
  variables.http_proxy = "http://p:1";
  variables.no_proxy = "inner.example";
  for (char const* direct :
       {"http://127.0.0.1:8/", "http://localhost/", "http://[::1]/", "http://a.inner.example/"})
    EXPECT_FALSE(proxy_for(variables, url(direct))) << direct;
  EXPECT_TRUE(proxy_for(variables, url("http://outer.example/")));
  for (char const* bad : {"p:1", "socks5://p:1", "https://p:1"}) {
    variables.http_proxy = bad;
    EXPECT_FALSE(proxy_for(variables, url("http://outer.example/"))) << bad;
  }
}

TEST(ProxyChoice, ReadsTheEnvironmentLowerCaseFirst) {
  setenv("HTTP_PROXY", "http://upper:1", 1);
  setenv("HTTPS_PROXY", "http://upper:2", 1);
  setenv("http_proxy", "http://lower:1", 1);
  ProxyVariables const variables = proxy_variables();
  for (char const* name : {"HTTP_PROXY", "HTTPS_PROXY", "http_proxy"}) unsetenv(name);
  EXPECT_EQ(variables.http_proxy, "http://lower:1");
  EXPECT_EQ(variables.https_proxy, "http://upper:2");
}

TEST(ProxyChoice, CredentialsAreSent) {
  EXPECT_EQ(proxy_authorization(url("http://p:1")), "");
  EXPECT_EQ(proxy_authorization(url("http://user:p%40ss@p:1")), "Basic dXNlcjpwQHNz");
}

}  // namespace
}  // namespace scaleset::simulator::pretend
