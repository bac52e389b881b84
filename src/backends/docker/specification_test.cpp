#include "backends/docker/specification.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace scaleset::backends::docker {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

class ContainerFor : public ::testing::Test {
 protected:
  ContainerFor() {
    ownership.owner = base::OwnerKey::make("https://github.com/org", "default", "linux").value();
    ownership.runner_name = "linux-1";
    ownership.runner = RunnerId{17};
    what.source = "ghcr.io/org/runner:1";
  }
  [[nodiscard]] ContainerSpec spec() const {
    return container_for(settings, what, passed, ownership);
  }
  ContainerSettings settings;
  Template what;
  std::map<std::string, std::string> passed;
  Ownership ownership;
};

TEST_F(ContainerFor, HasTheImageAndSaysWhoseItIs) {
  EXPECT_EQ(spec().image, "ghcr.io/org/runner:1");
  EXPECT_EQ(spec().labels, labels_of(ownership));
  EXPECT_EQ(spec().hostname, "linux-1");
  EXPECT_TRUE(spec().init);
  EXPECT_EQ(spec().pids, 4096);
}

TEST_F(ContainerFor, ReadsItsJitConfigurationAndBecomesTheRunner) {
  EXPECT_TRUE(spec().stdin_once);
  ASSERT_THAT(spec().entrypoint, SizeIs(4));
  EXPECT_THAT(spec().entrypoint[2], HasSubstr("timeout 60 head -n 1"));
  EXPECT_THAT(spec().entrypoint[2], HasSubstr("exec \"$@\""));
  EXPECT_THAT(spec().command, ElementsAre("./bin/Runner.Listener", "run"));
  settings.command = {"/r/bin/Runner.Listener", "run"};
  EXPECT_EQ(spec().command, settings.command);
}

TEST_F(ContainerFor, TheEnvironmentIsTheTemplatesAndWhatIsPassed) {
  what.environment = {{"A", "1"}, {"B", "1"}};
  passed = {{"B", "2"}, {"C", "2"}};
  auto const environment = spec().environment;
  EXPECT_THAT(environment, SizeIs(4));
  EXPECT_THAT(environment, Contains(Pair("A", "1")));
  EXPECT_THAT(environment, Contains(Pair("B", "1"))) << "the template's counts";
  EXPECT_THAT(environment, Contains(Pair("C", "2")));
  EXPECT_THAT(environment,
              Contains(Pair("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE", "1")));
}

TEST_F(ContainerFor, IsInTheNetworkOfTheScaleSetUnlessAnotherIsNamed) {
  EXPECT_EQ(spec().network, network_name(ownership.owner));
  settings.network = "ci";
  EXPECT_EQ(spec().network, "ci");
}

TEST_F(ContainerFor, NormalHardeningKeepsSudo) {
  EXPECT_THAT(spec().drop_capabilities, ElementsAre("NET_RAW", "MKNOD"));
  EXPECT_FALSE(spec().no_new_privileges);
  EXPECT_FALSE(spec().read_only_root);
}

TEST_F(ContainerFor, StrictHardeningLeavesNoCapability) {
  settings.hardening = Hardening::strict;
  EXPECT_THAT(spec().drop_capabilities, ElementsAre("ALL"));
  EXPECT_TRUE(spec().no_new_privileges);
  EXPECT_TRUE(spec().read_only_root);
  EXPECT_THAT(spec().tmpfs, Contains(Pair("/tmp", Not(IsEmpty()))));
  settings.tmpfs = {{"/tmp", "size=1g"}};
  EXPECT_THAT(spec().tmpfs, Contains(Pair("/tmp", "size=1g")));
}

TEST_F(ContainerFor, LimitsAndMountsAreHandedOn) {
  settings.cpus = 1.5;
  settings.memory = 1 << 30;
  settings.shm = 1 << 20;
  settings.user = "1001";
  settings.extra_hosts = {"proxy:10.0.0.1"};
  settings.mounts.emplace_back().source = "cache";
  EXPECT_EQ(spec().cpus, 1.5);
  EXPECT_EQ(spec().memory, 1 << 30);
  EXPECT_EQ(spec().shm, 1 << 20);
  EXPECT_EQ(spec().user, "1001");
  EXPECT_EQ(spec().extra_hosts, settings.extra_hosts);
  EXPECT_THAT(spec().mounts, SizeIs(1));
}

TEST_F(ContainerFor, ALongNameIsNoHostNameAsAWhole) {
  ownership.runner_name = std::string(100, 'a');
  EXPECT_THAT(spec().hostname, SizeIs(63));
}

TEST(IsContainerName, IsWhatEnginesTake) {
  for (char const* const good : {"linux-1", "a_b.c", "0a"}) EXPECT_TRUE(is_container_name(good));
  for (char const* const wrong : {"", "a", "-ab", ".ab", "_ab", "a/b", "a b", "\xc3\xa4xy"})
    EXPECT_FALSE(is_container_name(wrong)) << wrong;
  EXPECT_FALSE(is_container_name(std::string(129, 'a')));
}

TEST(NetworkName, IsTheScaleSetsOwn) {
  auto const one = base::OwnerKey::make("https://github.com/org", "default", "linux").value();
  auto const other = base::OwnerKey::make("https://github.com/org", "other", "linux").value();
  EXPECT_NE(network_name(one), network_name(other));
  EXPECT_TRUE(is_container_name(network_name(one)));
}

std::string refusal(ContainerSettings const& settings) {
  auto const checked = validate(settings);
  return checked ? "" : checked.error().message;
}

TEST(ContainerSettings, TheUsualOnesAreGood) {
  ContainerSettings settings;
  EXPECT_EQ(refusal(settings), "");
  settings.mounts.emplace_back().source = "/cache";
  settings.mounts.back().target = "/cache";
  settings.extra_hosts = {"proxy:10.0.0.1", "v6:::1"};
  settings.tmpfs = {{"/tmp", ""}};
  settings.memory = 1 << 30;
  EXPECT_EQ(refusal(settings), "") << "::1 ends in no colon";
}

TEST(ContainerSettings, WhatNoEngineTakesIsRefused) {
  ContainerSettings settings;
  settings.command = {};
  EXPECT_THAT(refusal(settings), HasSubstr("command"));
  settings = {};
  settings.pids = -1;
  EXPECT_THAT(refusal(settings), HasSubstr("negative"));
  settings = {};
  settings.memory = 1 << 20;
  EXPECT_THAT(refusal(settings), HasSubstr("6 MiB"));
  settings = {};
  settings.tmpfs = {{"tmp", ""}};
  EXPECT_THAT(refusal(settings), HasSubstr("\"tmp\" is no absolute path"));
  for (char const* const host : {"proxy", ":1", "a:"}) {
    settings = {};
    settings.extra_hosts = {host};
    EXPECT_THAT(refusal(settings), HasSubstr("name:address")) << host;
  }
}

TEST(ContainerSettings, AMountNeedsBothEndsAndIsNotTheEnginesSocket) {
  ContainerSettings settings;
  Mount& mount = settings.mounts.emplace_back();
  mount.source = "/var/run/docker.sock";
  mount.target = "var";
  EXPECT_THAT(refusal(settings), HasSubstr("absolute path in the container"));
  mount.target = "/var/run/docker.sock";
  EXPECT_THAT(refusal(settings), HasSubstr("the whole machine"));
  mount.source = "";
  EXPECT_THAT(refusal(settings), HasSubstr("needs a source"));
}

}  // namespace
}  // namespace scaleset::backends::docker
