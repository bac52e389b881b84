#include "daemon/set_settings.hpp"

#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

SetSettings settings(std::string url, std::string name, std::string group = "default") {
  SetSettings made;
  made.url = std::move(url);
  made.name = std::move(name);
  made.group = std::move(group);
  return made;
}

SetSettings with_group_id(std::int64_t id, std::string group = "default") {
  auto made = settings("https://github.com/o", "set", std::move(group));
  made.group_id = RunnerGroupId{id};
  return made;
}

TEST(OwnerOf, IsTheScaleSetAsGitHubTellsThemApart) {
  auto const owner = owner_of(settings("https://GitHub.com/My-Org/", "Linux", "Big Ones"));
  ASSERT_TRUE(owner) << owner.error().message;
  EXPECT_EQ(owner->url, "https://github.com/my-org");
  EXPECT_EQ(owner->group, "big ones");
  EXPECT_EQ(owner->name, "linux");
}

TEST(OwnerOf, AGroupThatIsGivenByItsIdReplacesItsName) {
  auto const owner = owner_of(with_group_id(7));
  ASSERT_TRUE(owner);
  EXPECT_EQ(*owner, owner_of(with_group_id(7, "whatever")).value());
  EXPECT_NE(*owner, owner_of(with_group_id(8)).value());
  EXPECT_NE(*owner, owner_of(with_group_id(0)).value());
}

TEST(OwnerOf, TheDefaultGroupHasAKnownId) {
  EXPECT_EQ(owner_of(with_group_id(1)).value(), owner_of(with_group_id(0)).value());
  EXPECT_EQ(owner_of(with_group_id(1, "big")).value(), owner_of(with_group_id(0)).value());
}

TEST(OwnerOf, AGroupsIdIsNoGroupsName) {
  auto const by_id = owner_of(with_group_id(7)).value();
  for (char const* const name : {"7", "id 7"})
    EXPECT_NE(owner_of(settings("https://github.com/o", "set", name)).value(), by_id) << name;
}

TEST(OwnerOf, LimitsAndLabelsAreNotPartOfIt) {
  auto changed = settings("https://github.com/o", "set");
  auto const before = owner_of(changed).value();
  changed.labels = {"gpu"};
  changed.adopt = true;
  changed.fleet.max_runners = 3;
  EXPECT_EQ(owner_of(changed).value(), before);
}

TEST(OwnerOf, AUrlThatIsNoneIsRefused) {
  for (char const* const url : {"", "my-org", "github.com/my-org"}) {
    auto const owner = owner_of(settings(url, "set"));
    ASSERT_FALSE(owner) << url;
    EXPECT_EQ(owner.error().code, ErrorCode::invalid_argument) << url;
  }
}

TEST(RunnerNamePrefix, KeepsWhatAFolderAndAHostMayBeCalled) {
  EXPECT_EQ(runner_name_prefix("linux-x64_BIG9"), "linux-x64_BIG9");
}

TEST(RunnerNamePrefix, MakesEverythingElseAHyphen) {
  EXPECT_EQ(runner_name_prefix("my set"), "my-set");
  EXPECT_EQ(runner_name_prefix("../etc/x.y:z"), "---etc-x-y-z");
  EXPECT_EQ(runner_name_prefix("gr\xc3\xbcn"), "gr--n")
      << "each byte of a letter that is not ASCII";
  EXPECT_EQ(runner_name_prefix(std::string("a\0b\n", 4)), "a-b-");
  EXPECT_EQ(runner_name_prefix("[@`{"), "----") << "the neighbours of the letters";
}

TEST(RunnerNamePrefix, IsEmptyForNoName) { EXPECT_EQ(runner_name_prefix(""), ""); }

}  // namespace
}  // namespace scaleset::daemon
