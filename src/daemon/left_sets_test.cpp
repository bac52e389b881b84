#include "daemon/left_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace scaleset::daemon {
namespace {

using ::testing::IsEmpty;

SetSettings settings(std::string const& url, std::string const& name, std::string const& work_dir) {
  SetSettings made;
  made.url = url;
  made.name = name;
  made.work_dir = work_dir;
  Access access;
  access.identity = "credential of " + url;
  made.access = std::make_shared<Access const>(access);
  made.labels = {"x"};
  made.fleet.min_idle = 7;
  made.budget.name = "hosts";
  made.budget.reserve = 2;
  return made;
}

base::OwnerKey key(std::string const& url, std::string const& name,
                   std::string const& group = "default") {
  return base::OwnerKey::make(url, group, name).value();
}

class LeftSetsTest : public ::testing::Test {
 protected:
  LeftSetsTest() {
    config.state_dir = "/state";
    config.sets = {settings("https://github.com/Org", "linux", "/work"),
                   settings("https://github.com/org/repo", "tools", "/tools"),
                   settings("https://ghes.example.com/org", "linux", "/ghes")};
  }
  SetsByOwner left(std::vector<base::OwnerKey> const& owners) const {
    auto const is_folder = [this](auto const& path) { return folders.contains(path); };
    auto const folders_of_runners = [this] {
      ++looks;
      return running;
    };
    return left_sets(owners, config, is_folder, folders_of_runners);
  }
  SetSettings one(base::OwnerKey const& owner) const {
    auto const all = left({owner});
    return all.contains(owner) ? all.at(owner) : SetSettings();
  }

  HouseConfig config;
  std::set<std::filesystem::path> folders;
  std::vector<std::string> running;
  mutable int looks = 0;
};

TEST_F(LeftSetsTest, WhatTheConfigurationHasIsNotLeft) {
  EXPECT_THAT(left({key("https://github.com/org", "LINUX")}), IsEmpty());
  EXPECT_THAT(left({}), IsEmpty());
  EXPECT_EQ(looks, 0) << "an ordinary start looks at no process";
}

TEST_F(LeftSetsTest, TheCredentialsAreThoseOfTheSameUrl) {
  auto const owner = key("https://github.com/org/repo", "gone");
  auto const found = one(owner);
  ASSERT_TRUE(found.access);
  EXPECT_EQ(found.access->identity, "credential of https://github.com/org/repo");
  EXPECT_EQ(owner_of(found).value(), owner);
}

TEST_F(LeftSetsTest, ElseThoseOfTheSameOrganization) {
  for (auto const* const url : {"https://github.com/org/other", "https://github.com/ORG/"}) {
    auto const found = one(key(url, "gone"));
    ASSERT_TRUE(found.access) << url;
    EXPECT_TRUE(found.access->identity.starts_with("credential of https://github.com/")) << url;
  }
}

TEST_F(LeftSetsTest, NobodySeesTheCredentialsOfOthers) {
  for (auto const* const url : {"https://github.com/another", "https://other.example.com/org",
                                "https://github.com/organization", "https://github.com/or"})
    EXPECT_FALSE(one(key(url, "gone")).access) << url;
}

TEST_F(LeftSetsTest, NothingOfTheOtherScaleSetButWhatADrainNeeds) {
  auto const found = one(key("https://github.com/org", "gone"));
  EXPECT_EQ(found.name, "gone");
  EXPECT_THAT(found.labels, IsEmpty());
  EXPECT_EQ(found.fleet.min_idle, 0);
  EXPECT_EQ(found.budget.name, "hosts") << "its runners use what others would be given";
  EXPECT_EQ(found.budget.reserve, 0);
}

TEST_F(LeftSetsTest, AGroupThatWasGivenByItsIdIsThatGroup) {
  auto settings_by_id = settings("https://github.com/org", "gone", "/work");
  settings_by_id.group_id = RunnerGroupId{12};
  auto const owner = owner_of(settings_by_id).value();
  EXPECT_EQ(one(owner).group_id, RunnerGroupId{12});
  EXPECT_EQ(owner_of(one(owner)).value(), owner);
}

TEST_F(LeftSetsTest, TheRunnersAreWhereThereIsAFolderForThem) {
  auto const owner = key("https://github.com/org", "gone");
  EXPECT_EQ(one(owner).work_dir, "/work") << "that of the one with the same URL";
  folders = {std::filesystem::path("/tools") / owner.hash()};
  EXPECT_EQ(one(owner).work_dir, "/tools");
  folders.insert(std::filesystem::path("/state/runners") / owner.hash());
  EXPECT_EQ(one(owner).work_dir, "/state/runners");
  EXPECT_EQ(one(key("https://elsewhere.example.com/o", "gone")).work_dir, "/state/runners");
}

TEST_F(LeftSetsTest, ElseWhereOneOfThemRuns) {
  auto const owner = key("https://github.com/org", "gone");
  running = {"/elsewhere/" + key("https://github.com/org", "linux").hash() + "/linux-1",
             "/disk2/" + owner.hash() + "/gone-1"};
  EXPECT_EQ(one(owner).work_dir, "/disk2") << "which a template of its own may have named";
  folders = {std::filesystem::path("/tools") / owner.hash()};
  EXPECT_EQ(one(owner).work_dir, "/tools");
}

}  // namespace
}  // namespace scaleset::daemon
