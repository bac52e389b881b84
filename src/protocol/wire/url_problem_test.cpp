#include "protocol/wire/url_problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(UrlProblem, GoodUrlsHaveNone) {
  for (char const* const good :
       {"https://github.com/my-org", "https://github.com/my-org/my-repo",
        "https://github.com/enterprises/my-enterprise", "https://www.github.com/my-org",
        "https://ghe.example.com/my-org/", "https://my-company.ghe.com/my-org",
        "http://127.0.0.1:8080/my-org", "https://api.example.com/my-org",
        "https://github.com/orgs-of-mine/repos", "https://github.com/my-org/my.gitrepo",
        "https://github.com/Enterprises/e/", "https://ghe.example.com:8443/a/b"}) {
    EXPECT_EQ(url_problem(good), "") << good;
  }
}

struct Case {
  char const* url;
  char const* meant;
};

TEST(UrlProblem, NamesTheUrlThatIsMeant) {
  for (auto const& [url, meant] : {
           Case{"https://github.com/orgs/my-org", "give https://github.com/my-org"},
           Case{"https://ghe.example.com/Orgs/my-org", "give https://ghe.example.com/my-org"},
           Case{"https://github.com/orgs/acme/repositories", "give https://github.com/acme"},
           Case{"https://github.com/organizations/acme/settings/actions/runners",
                "give https://github.com/acme"},
           Case{"https://github.com/a/b/settings/actions/runners", "give https://github.com/a/b"},
           Case{"https://github.com/a/b/tree/main?x=1#readme", "give https://github.com/a/b"},
           Case{"https://github.com/acme?tab=repositories", "give https://github.com/acme"},
           Case{"https://github.com/a/b#readme", "give https://github.com/a/b"},
           Case{"https://github.com/enterprises/e/settings", "https://github.com/enterprises/e"},
           Case{"https://github.com/a/b.git", "a clone; give https://github.com/a/b"},
           Case{"https://github.com/a/b.git/", "a clone; give https://github.com/a/b"},
           Case{"git@github.com:a/b.git", "a clone; give https://github.com/a/b"},
           Case{"ssh://git@ghe.example.com/a/b.git", "give https://ghe.example.com/a/b"},
           Case{"https://api.github.com/acme", "give https://github.com/acme"},
           Case{"https://api.github.com/orgs/acme/teams", "give https://github.com/acme"},
           Case{"https://api.github.com/repos/a/b", "give https://github.com/a/b"},
           Case{"https://ghe.example.com/api/v3/orgs/acme", "give https://ghe.example.com/acme"},
           Case{"https://gist.github.com/me", "give https://github.com/me"},
           Case{"https://api.my-company.ghe.com/acme", "give https://my-company.ghe.com/acme"},
           Case{"https://github.com/users/me", "https://github.com/me"},
           Case{"https://github.com/orgs/a%20b/x", "https://github.com/a%20b"},
       }) {
    EXPECT_THAT(url_problem(url), EndsWith(meant)) << url;
  }
}

TEST(UrlProblem, NamesAnExampleWhereNothingIsMeant) {
  for (auto const& [url, meant] : {
           Case{"https://github.com/enterprises", "no owner named \"enterprises\""},
           Case{"https://github.com/settings/profile", "no owner named \"settings\""},
           Case{"https://github.com/orgs", "no owner named \"orgs\""},
           Case{"https://api.github.com", "api.github.com has no pages of organizations"},
       }) {
    EXPECT_THAT(url_problem(url),
                AllOf(HasSubstr(meant), EndsWith("give a URL such as https://github.com/my-org")))
        << url;
  }
  EXPECT_THAT(url_problem("https://ghe.example.com/api"),
              EndsWith("give a URL such as https://ghe.example.com/my-org"));
}

TEST(UrlProblem, OfWhatIsNoConfigUrlIsWhatItsReadingSays) {
  for (char const* const bad :
       {"", "my-org", "github.com/my-org", "ftp://github.com/a", "http://github.com/a",
        "https://github.com", "https://github.com/..", "https://ghe.example.com/%zz"}) {
    EXPECT_THAT(url_problem(bad), HasSubstr("; expected https://github.com/ORG")) << bad;
  }
}

TEST(UrlProblem, OfNamesThatNobodyCanHave) {
  for (char const* const bad : {"https://github.com/a ", "https://github.com/a/%20b",
                                "https://github.com/enterprises/e%20"})
    EXPECT_EQ(url_problem(bad), "a name in the URL begins or ends with a space; leave it out");
  EXPECT_THAT(url_problem("https://github.com/a%0Ab"), HasSubstr("contains control characters"));
  EXPECT_THAT(url_problem("/https://github.com/a"), StartsWith("the URL cannot be used: "));
}

TEST(UrlProblem, DoesNotRepeatAPassword) {
  for (char const* const url :
       {"https://me:geheim@github.com/orgs/a", "https://me:geheim@github.com/a/b/c"}) {
    EXPECT_THAT(url_problem(url),
                AllOf(StartsWith("the config URL contains a user name"), Not(HasSubstr("geheim"))))
        << url;
  }
}

}  // namespace
}  // namespace scaleset::protocol
