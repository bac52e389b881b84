#include "cli/url_hint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::cli {
namespace {

using ::testing::HasSubstr;

std::string hint(std::string const& url) {
  return url_hint(protocol::parse_config_url(url, false).value());
}

TEST(UrlHint, GoodUrlsHaveNone) {
  for (char const* const good :
       {"https://github.com/my-org", "https://github.com/my-org/my-repo",
        "https://github.com/enterprises/my-enterprise", "https://www.github.com/my-org",
        "https://ghe.example.com/my-org/", "https://my-company.ghe.com/my-org",
        "http://127.0.0.1:8080/my-org", "https://api.example.com/my-org",
        "https://github.com/orgs-of-mine/repos", "https://github.com/my-org/my.gitrepo"}) {
    EXPECT_EQ(hint(good), "") << good;
  }
}

TEST(UrlHint, NamesTheUrlThatIsMeant) {
  struct Case {
    char const* url;
    char const* meant;
  };
  for (auto const& [url, meant] : {
           Case{"https://github.com/orgs/my-org", "https://github.com/my-org"},
           Case{"https://ghe.example.com/Orgs/my-org", "give https://ghe.example.com/my-org"},
           Case{"https://github.com/my-org/my-repo.git", "give https://github.com/my-org/my-repo"},
           Case{"https://api.github.com/my-org", "https://github.com/my-org"},
           Case{"https://api.github.com/orgs/my-org", "https://github.com/my-org"},
           Case{"https://gist.github.com/me", "https://github.com/my-org"},
           Case{"https://api.my-company.ghe.com/my-org", "https://my-company.ghe.com/my-org"},
           Case{"https://github.com/enterprises", "\"enterprises\""},
           Case{"https://github.com/users/me", "https://github.com/me"},
           Case{"https://ghe.example.com/api", "https://ghe.example.com/my-org"},
       }) {
    EXPECT_THAT(hint(url), HasSubstr(meant)) << url;
  }
}

}  // namespace
}  // namespace scaleset::cli
