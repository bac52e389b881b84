#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/testing/config_text.hpp"

namespace scaleset::config {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char const* kTop = R"([credential.main]
token = { file = "token.txt" }
[template.linux]
runner_dir = "runner"
)";

/// The lines begin in line 8.
std::string of_set(std::string const& lines) { return mistakes(kTop + set_named("a", lines)); }
/// The URL is in line 6.
std::string of_url(std::string const& url, std::string const& lines = "") {
  return mistakes(std::string(kTop) + "[[scale_set]]\nurl = \"" + url + "\"\nname = \"a\"\n" +
                  lines + "\n");
}
std::string of_names(std::string const& name, std::string const& group) {
  return mistakes(std::string(kTop) + "[[scale_set]]\nurl = \"https://github.com/o\"\nname = \"" +
                  name + "\"\ngroup = \"" + group + "\"\n");
}

TEST(NamesOfSets, GoodOnesHaveNoProblem) {
  EXPECT_EQ(of_set("labels = [\"linux\", \"my label\", \"größe\"]"), "");
  EXPECT_EQ(of_set("repositories = [\"one\", \"two.x\"]"), "");
  EXPECT_EQ(of_url("https://github.com/my-org/repo"), "");
  EXPECT_EQ(of_url("https://github.com/my-org//", "repositories = [\"x\"]"), "");
  EXPECT_EQ(of_names("größe 1", "My group"), "");
}

TEST(NamesOfSets, WhatIsNoConfigUrlIsReportedOnce) {
  for (char const* url : {"my-org", "ftp://github.com/my-org", "https://github.com",
                          "http://github.com/my-org", "https://me:pw@github.com/my-org"})
    EXPECT_THAT(of_url(url), AllOf(HasSubstr("f:6:7: "), HasSubstr("expected https://github.com/O"),
                                   Not(HasSubstr("\nf:"))))
        << url;
}

TEST(NamesOfSets, AnAddressFromTheBrowserIsReportedWithTheUrlThatIsMeant) {
  EXPECT_EQ(of_url("https://github.com/orgs/acme/repositories"),
            "f:6:7: there can be no owner named \"orgs\"; give https://github.com/acme\n");
  EXPECT_EQ(of_url("https://github.com/acme/repo/settings/actions"),
            "f:6:7: this is the address of a page; give https://github.com/acme/repo\n");
  EXPECT_EQ(of_url("https://github.com/orgs/acme", "repositories = [\"x\"]"),
            "f:6:7: there can be no owner named \"orgs\"; give https://github.com/acme\n")
      << "nothing that follows from it";
}

TEST(NamesOfSets, NamesWithControlCharactersAndSpacesAtTheEnds) {
  EXPECT_EQ(of_names("a\\nb", "g"),
            "f:7:8: the name contains control characters, such as a line feed; leave them out\n");
  EXPECT_EQ(of_names("a", " g"),
            "f:8:9: the name of the runner group begins or ends with a space; leave it out\n");
  EXPECT_EQ(of_names(std::string(257, 'x'), "g"),
            "f:7:8: the name is 257 bytes long; it may have 256\n");
}

TEST(NamesOfSets, Labels) {
  EXPECT_EQ(of_set("labels = [\"linux\", \" x\"]"),
            "f:8:20: the label begins or ends with a space; leave it out\n");
  EXPECT_EQ(of_set("labels = [\"a\", \"b\\tc\"]"),
            "f:8:16: the label contains control characters, such as a line feed; leave them out\n");
  EXPECT_EQ(of_set("labels = [\"a,b\"]"),
            "f:8:11: the label has a comma; write each label by itself: [\"a\", \"b\"]\n");
  EXPECT_EQ(of_set("labels = [\"a\", \"b\", \"A\"]"),
            "f:8:21: \"A\" is in the list twice (capitals do not count)\n");
  EXPECT_EQ(of_set("labels = []"),
            "f:8:10: `labels` is empty; name a label, or leave the key out\n");
}

TEST(NamesOfSets, Repositories) {
  EXPECT_EQ(of_set("repositories = [\"x\", \"X\"]"),
            "f:8:22: \"X\" is in the list twice (capitals do not count)\n");
  EXPECT_EQ(of_set("repositories = [\"my-org/x\"]"),
            "f:8:17: a repository is named without its owner, which is in `url`, and without "
            "slashes; write \"x\" for \"my-org/x\"\n");
  EXPECT_EQ(of_set("repositories = [\"x \"]"),
            "f:8:17: the name of the repository begins or ends with a space; leave it out\n");
  for (char const* name : {"..", "x.git", "x?y"})
    EXPECT_THAT(of_set(std::string("repositories = [\"") + name + "\"]"),
                HasSubstr("cannot be the name of a repository: "))
        << name;
}

TEST(NamesOfSets, RepositoriesAreThoseOfAnOwner) {
  EXPECT_EQ(of_url("https://github.com/my-org/repo", "repositories = [\"x\"]"),
            "f:8:16: `repositories` are those of an organization or a user, and `url` is that of "
            "the repository my-org/repo; leave one of the two out\n");
  EXPECT_THAT(of_url("https://github.com/enterprises/e", "repositories = [\"x\"]"),
              HasSubstr("that of the enterprise e;"));
}

}  // namespace
}  // namespace scaleset::config
