#include "protocol/wire/config_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Scope = ConfigUrl::Scope;

struct Vector {
  std::string input;
  Scope scope;
  std::string names;  // org, owner/repo or enterprise
  bool hosted;
  std::string registration_url;
  std::string text;
};

std::string names_of(ConfigUrl const& url) {
  if (url.scope == Scope::enterprise) return url.enterprise;
  return url.repository.empty() ? url.organization : url.organization + "/" + url.repository;
}

std::string const kTail = "/actions/runners/registration-token";

/// protocol.md 2.3, with the host compared in lower case.
std::vector<Vector> const kVectors{
    {"https://github.com/org", Scope::organization, "org", true, "https://api.github.com/orgs/org",
     "https://github.com/org"},
    {"https://github.com/org/", Scope::organization, "org", true, "https://api.github.com/orgs/org",
     "https://github.com/org"},
    {"/https://github.com/org/", Scope::organization, "org", true,
     "https://api.github.com/orgs/org", "https://github.com/org"},
    {"https://github.com//org//", Scope::organization, "org", true,
     "https://api.github.com/orgs/org", "https://github.com//org"},
    {"https://GitHub.com/Org", Scope::organization, "Org", true, "https://api.GitHub.com/orgs/Org",
     "https://GitHub.com/Org"},
    {"https://www.github.com/org/repo", Scope::repository, "org/repo", true,
     "https://api.github.com/repos/org/repo", "https://www.github.com/org/repo"},
    {"https://WWW.GITHUB.COM/o", Scope::organization, "o", true, "https://api.github.com/orgs/o",
     "https://WWW.GITHUB.COM/o"},
    {"https://github.com:443/org", Scope::organization, "org", false,
     "https://github.com:443/api/v3/orgs/org", "https://github.com:443/org"},
    {"http://github.localhost/o", Scope::organization, "o", true,
     "http://api.github.localhost/orgs/o", "http://github.localhost/o"},
    {"http://github.localhost:8080/o", Scope::organization, "o", false,
     "http://github.localhost:8080/api/v3/orgs/o", "http://github.localhost:8080/o"},
    {"https://acme.ghe.com/o", Scope::organization, "o", true, "https://api.acme.ghe.com/orgs/o",
     "https://acme.ghe.com/o"},
    {"https://ACME.GHE.COM/o", Scope::organization, "o", true, "https://api.ACME.GHE.COM/orgs/o",
     "https://ACME.GHE.COM/o"},
    {"https://acme.ghe.com:8443/o", Scope::organization, "o", false,
     "https://acme.ghe.com:8443/api/v3/orgs/o", "https://acme.ghe.com:8443/o"},
    {"https://ghe.com/o", Scope::organization, "o", false, "https://ghe.com/api/v3/orgs/o",
     "https://ghe.com/o"},
    {"https://github.com/enterprises/ent", Scope::enterprise, "ent", true,
     "https://api.github.com/enterprises/ent", "https://github.com/enterprises/ent"},
    {"https://github.com/Enterprises/ent", Scope::enterprise, "ent", true,
     "https://api.github.com/enterprises/ent", "https://github.com/Enterprises/ent"},
    {"https://github.com/enterprises", Scope::organization, "enterprises", true,
     "https://api.github.com/orgs/enterprises", "https://github.com/enterprises"},
    {"https://github.com/enterprises/", Scope::organization, "enterprises", true,
     "https://api.github.com/orgs/enterprises", "https://github.com/enterprises"},
    {"https://ghes.example/o/r", Scope::repository, "o/r", false,
     "https://ghes.example/api/v3/repos/o/r", "https://ghes.example/o/r"},
    {"http://127.0.0.1:1234/o", Scope::organization, "o", false,
     "http://127.0.0.1:1234/api/v3/orgs/o", "http://127.0.0.1:1234/o"},
    {"http://[::1]:80/o", Scope::organization, "o", false, "http://[::1]:80/api/v3/orgs/o",
     "http://[::1]:80/o"},
    {"https://github.com/o%2Fr", Scope::repository, "o/r", true, "https://api.github.com/repos/o/r",
     "https://github.com/o%2Fr"},
    {"https://github.com/a b", Scope::organization, "a b", true,
     "https://api.github.com/orgs/a%20b", "https://github.com/a%20b"},
    {"https://github.com/ö", Scope::organization, "ö", true, "https://api.github.com/orgs/%C3%B6",
     "https://github.com/%C3%B6"},
    {"https://github.com/o/r.git", Scope::repository, "o/r.git", true,
     "https://api.github.com/repos/o/r.git", "https://github.com/o/r.git"},
    {"https://api.github.com/o", Scope::organization, "o", false,
     "https://api.github.com/api/v3/orgs/o", "https://api.github.com/o"},
    {"HTTPS://github.com/o", Scope::organization, "o", true, "https://api.github.com/orgs/o",
     "https://github.com/o"},
    {"https://github.com/o?x=1", Scope::organization, "o", true, "https://api.github.com/orgs/o",
     "https://github.com/o?x=1"},
    {"https://github.com/o#f", Scope::organization, "o", true, "https://api.github.com/orgs/o",
     "https://github.com/o#f"},
};

TEST(ConfigUrl, ParsesTheReferencesVectors) {
  for (auto const& vector : kVectors) {
    SCOPED_TRACE(vector.input);
    auto const url = parse_config_url(vector.input, false);
    ASSERT_TRUE(url.has_value()) << url.error().message;
    EXPECT_EQ(url->scope, vector.scope);
    EXPECT_EQ(names_of(*url), vector.names);
    EXPECT_EQ(url->hosted, vector.hosted);
    EXPECT_EQ(url->api_base + registration_path(*url), vector.registration_url + kTail);
    EXPECT_EQ(url->text, vector.text);
  }
}

TEST(ConfigUrl, TreatsEveryHostAsEnterpriseServerWhenForced) {
  for (auto const& vector : kVectors) {
    auto const url = parse_config_url(vector.input, true);
    ASSERT_TRUE(url.has_value());
    EXPECT_FALSE(url->hosted);
    EXPECT_TRUE(url->api_base.ends_with("/api/v3")) << url->api_base;
  }
  EXPECT_EQ(parse_config_url("https://github.com/o", true)->api_base, "https://github.com/api/v3");
}

TEST(ConfigUrl, RefusesWhatNamesNothing) {
  for (std::string const input :
       {"", "/", "https://github.com", "https://github.com/", "https://github.com/some/random/path",
        "https://github.com/enterprises/a/b", "https://github.com/o//r",
        "https://ghes.example/prefix/o/r", "http://[::1", "https://github.com/..",
        "https://github.com/o/.", "https://github.com/o%zz", "https://github.com/o\nx"}) {
    SCOPED_TRACE(input);
    auto const url = parse_config_url(input, false);
    ASSERT_FALSE(url.has_value());
    EXPECT_EQ(url.error().code, ErrorCode::invalid_config_url);
    EXPECT_THAT(url.error().message, HasSubstr("expected https://github.com/ORG"));
    EXPECT_THAT(url.error().message, Not(HasSubstr("\n")));
  }
}

TEST(ConfigUrl, SaysWhatWasExpected) {
  auto const url = parse_config_url("https://github.com/a/b/c", false);
  ASSERT_FALSE(url.has_value());
  EXPECT_THAT(
      url.error().message,
      HasSubstr(
          "config URL \"https://github.com/a/b/c\" does not name an organization, repository or "
          "enterprise; expected https://github.com/ORG, "
          "https://github.com/OWNER/REPO or https://github.com/enterprises/NAME"));
}

TEST(ConfigUrl, RefusesAnotherSchemeOrNone) {
  for (std::string const input : {"github.com/org", "org", "ftp://github.com/org"}) {
    auto const url = parse_config_url(input, false);
    ASSERT_FALSE(url.has_value()) << input;
    EXPECT_EQ(url.error().code, ErrorCode::invalid_config_url);
    EXPECT_THAT(url.error().message, HasSubstr("https://"));
  }
}

TEST(ConfigUrl, RefusesToSendCredentialsToGitHubWithoutEncryption) {
  for (auto const* text :
       {"http://github.com/o", "http://www.GitHub.com/o/r", "HTTP://github.com/o",
        "http://acme.ghe.com/o", "http://github.com:80/o", "http://github.com./o",
        "http://acme.ghe.com./o", "http://api.github.com/o", "http://ghe.com/o"}) {
    for (bool const force_ghes : {false, true}) {
      auto const url = parse_config_url(text, force_ghes);
      ASSERT_FALSE(url) << text;
      EXPECT_EQ(url.error().code, ErrorCode::invalid_config_url);
      EXPECT_THAT(url.error().message, HasSubstr("use https://"));
    }
  }
}

TEST(ConfigUrl, AClosingDotOfTheHostChangesNothing) {
  auto const url = parse_config_url("https://github.com./o", false);
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->hosted);
  EXPECT_EQ(url->api_base, "https://api.github.com");
  EXPECT_EQ(url->text, "https://github.com/o");
}

TEST(ConfigUrl, RefusesPasswordsWithoutRepeatingThem) {
  auto const url = parse_config_url("https://user:hunter2@github.com/o", false);
  ASSERT_FALSE(url.has_value());
  EXPECT_THAT(url.error().message, HasSubstr("user name or password"));
  EXPECT_THAT(url.error().message, Not(HasSubstr("hunter2")));
}

TEST(ConfigUrl, CutsLongUrlsInMessages) {
  auto const url = parse_config_url("https://github.com/a/b/" + std::string(5000, 'c'), false);
  ASSERT_FALSE(url.has_value());
  EXPECT_LT(url.error().message.size(), 600U);
}

TEST(ConfigUrl, IsShownToPeopleByItsScope) {
  EXPECT_EQ(parse_config_url("https://github.com/my-org", false)->display(), "organization my-org");
  EXPECT_EQ(parse_config_url("https://github.com/my-org/repo", false)->display(),
            "repository my-org/repo");
  EXPECT_EQ(parse_config_url("https://github.com/enterprises/ent", false)->display(),
            "enterprise ent");
}

}  // namespace
}  // namespace scaleset::protocol
