#include "client/environment_proxy.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/no_proxy.hpp"
#include "base/url.hpp"

namespace scaleset::client {
namespace {

using Variables = std::map<std::string, std::string>;

/// Sets exactly these of the variables that count, and gives them back as they were.
class Environment {
 public:
  explicit Environment(Variables const& variables) {
    for (auto const* name : kNames) {
      if (char const* const value = std::getenv(name)) before_[name] = value;
      unsetenv(name);
    }
    for (auto const& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  }
  Environment(Environment const&) = delete;
  Environment& operator=(Environment const&) = delete;
  ~Environment() {
    for (auto const* name : kNames) unsetenv(name);
    for (auto const& [name, value] : before_) setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  static constexpr std::array kNames{"https_proxy", "HTTPS_PROXY", "http_proxy",
                                     "HTTP_PROXY",  "all_proxy",   "ALL_PROXY",
                                     "no_proxy",    "NO_PROXY",    "REQUEST_METHOD"};
  Variables before_;
};

/// "direct", or the proxy that a call to `url` would go through.
std::string route(Variables const& variables, std::string const& url) {
  Environment const environment(variables);
  auto const found = environment_proxy(url);
  if (!found) return "refused";
  auto const parsed = base::parse_url(url);
  if (!parsed) return parsed.error().message;
  bool const direct = found->proxy.empty() || base::bypasses_proxy(found->no_proxy, *parsed);
  return direct ? "direct" : found->proxy;
}

constexpr auto kHttps = "https://github.com/org";
constexpr auto kHttp = "http://ghes.example/org";

struct Rule {
  Variables variables;
  std::string url;
  std::string go;    // what http.ProxyFromEnvironment of Go 1.26 answers
  std::string ours;  // "": the same
};

// The first column of answers was made with Go's own function.
TEST(EnvironmentProxy, DecidesAsGoDoes) {
  std::vector<Rule> const rules = {
      {{}, kHttps, "direct", ""},
      {{{"HTTPS_PROXY", "http://p:1"}}, kHttps, "http://p:1", ""},
      {{{"https_proxy", "http://p:1"}}, kHttps, "http://p:1", ""},
      {{{"HTTPS_PROXY", "http://a:1"}, {"https_proxy", "http://b:1"}}, kHttps, "http://a:1", ""},
      {{{"HTTPS_PROXY", ""}, {"https_proxy", "http://b:1"}}, kHttps, "http://b:1", ""},
      {{{"HTTPS_PROXY", "http://p:1"}}, kHttp, "direct", ""},
      {{{"HTTP_PROXY", "http://p:1"}}, kHttps, "direct", ""},
      {{{"HTTP_PROXY", "http://p:1"}}, kHttp, "http://p:1", ""},
      {{{"http_proxy", "http://p:1"}}, kHttp, "http://p:1", ""},
      {{{"HTTP_PROXY", "http://p:1"}, {"REQUEST_METHOD", "GET"}}, kHttp, "refused", ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"REQUEST_METHOD", "GET"}}, kHttps, "http://p:1", ""},
      // This machine is never asked through a proxy of the environment.
      {{{"HTTP_PROXY", "http://p:1"}}, "http://localhost:8080/org", "direct", ""},
      {{{"HTTP_PROXY", "http://p:1"}}, "http://127.0.0.1:8080/org", "direct", ""},
      {{{"HTTP_PROXY", "http://p:1"}}, "http://127.9.9.9/org", "direct", ""},
      {{{"HTTP_PROXY", "http://p:1"}}, "http://[::1]:8080/org", "direct", ""},
      {{{"HTTPS_PROXY", "http://p:1"}}, "https://localhost/org", "direct", ""},
      {{{"HTTP_PROXY", "http://p:1"}}, "http://10.0.0.1/org", "http://p:1", ""},
      // no_proxy
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "github.com"}}, kHttps, "direct", ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"no_proxy", "github.com"}}, kHttps, "direct", ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "x"}, {"no_proxy", "*"}},
       kHttps,
       "http://p:1",
       ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "*"}}, kHttps, "direct", ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "hub.com"}}, kHttps, "http://p:1", ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", ".github.com"}}, kHttps, "http://p:1", ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", ".github.com"}},
       "https://api.github.com/o",
       "direct",
       ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "*.github.com"}}, kHttps, "http://p:1", ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "github.com"}},
       "https://api.github.com/o",
       "direct",
       ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "github.com:443"}}, kHttps, "direct", ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "github.com:80"}}, kHttps, "http://p:1", ""},
      {{{"HTTP_PROXY", "http://p:1"}, {"NO_PROXY", "10.0.0.0/8"}},
       "http://10.1.2.3/o",
       "direct",
       ""},
      {{{"HTTP_PROXY", "http://p:1"}, {"NO_PROXY", "10.0.0.0/8"}},
       "http://11.1.2.3/o",
       "http://p:1",
       ""},
      {{{"HTTP_PROXY", "http://p:1"}, {"NO_PROXY", "[fd00::1]:80"}},
       "http://[fd00::1]/o",
       "direct",
       ""},
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", " a , github.com "}}, kHttps, "direct", ""},
      // What Go does not know.
      {{{"HTTPS_PROXY", "http://p:1"}, {"NO_PROXY", "a github.com"}},
       kHttps,
       "http://p:1",
       "direct"},
      {{{"ALL_PROXY", "socks5://p:1"}}, kHttps, "direct", "socks5://p:1"},
      {{{"all_proxy", "socks5://p:1"}}, kHttp, "direct", "socks5://p:1"},
      {{{"ALL_PROXY", "socks5://p:1"}}, "http://127.0.0.1/org", "direct", ""},
      {{{"ALL_PROXY", "socks5://p:1"}, {"HTTPS_PROXY", "http://p:1"}}, kHttps, "http://p:1", ""},
  };
  for (auto const& rule : rules) {
    std::string shown = rule.url;
    for (auto const& [name, value] : rule.variables) shown += " " + name + "=" + value;
    EXPECT_EQ(route(rule.variables, rule.url), rule.ours.empty() ? rule.go : rule.ours) << shown;
  }
}

}  // namespace
}  // namespace scaleset::client
