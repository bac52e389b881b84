#include "daemon/real_ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/testing/coroutine_test.hpp"
#include "client/finalized_options.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RealPortsTest : public ::testing::Test {
 protected:
  RealPortsTest() {
    hooks.clock = base::system_clock();
    hooks.random = base::system_random();
  }
  SetSettings settings(std::string const& identity, std::string const& token = "ghp_x") const {
    SetSettings made;
    made.url = "https://github.com/my-org";
    made.name = "set";
    made.access = std::make_shared<Access const>(access(identity, token));
    return made;
  }
  static Access access(std::string const& identity, std::string const& token = "ghp_x") {
    Access made;
    made.credentials = PersonalAccessToken{constant_secret(Secret(token))};
    made.identity = identity;
    return made;
  }
  /// Through that proxy, with a user whose password is in a file.
  SetSettings through_proxy(std::string const& url) const {
    Access made = access("p");
    made.transport.proxy = url;
    made.proxy_user = "us/er";
    made.proxy_password = secret_file((folder.path() / "password").string());
    SetSettings set = settings("p");
    set.access = std::make_shared<Access const>(made);
    return set;
  }
  void write_password(std::string const& text) const {
    std::ofstream(folder.path() / "password") << text << "\n";
  }

  base::TemporaryDirectory folder;
  boost::asio::io_context context;
  Hooks hooks;
  SharedPorts shared{context.get_executor(), hooks};
};

TEST_F(RealPortsTest, WithoutCredentialsThereIsNoClient) {
  SetSettings set = settings("a");
  set.access = nullptr;
  auto const made = client_options(set, hooks);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_options);
}

TEST_F(RealPortsTest, ScaleSetsThatAreAlikeShareTheirOptions) {
  auto const one = shared.options_of(settings("a"), hooks).value();
  EXPECT_EQ(shared.options_of(settings("a"), hooks).value(), one);
  EXPECT_NE(shared.options_of(settings("b"), hooks).value(), one);
  auto other = settings("a");
  other.url = "https://github.com/other";
  EXPECT_NE(shared.options_of(other, hooks).value(), one);
}

TEST_F(RealPortsTest, WhatCannotBeMadeIsMadeAnewTheNextTime) {
  EXPECT_FALSE(shared.options_of(settings("a", "two words"), hooks));
  EXPECT_TRUE(shared.options_of(settings("a"), hooks));
}

TEST_F(RealPortsTest, TheProxysUserIsReadEachTime) {
  write_password("p@s:s 1+2");
  auto const set = through_proxy("http://proxy:3128");
  auto const first = shared.options_of(set, hooks);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ((*first)->transport().proxy, "http://us%2Fer:p%40s%3As%201%2B2@proxy:3128");
  write_password("other");
  auto const second = shared.options_of(set, hooks);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT((*second)->transport().proxy.value_or(""), HasSubstr("other"));
  std::filesystem::remove(folder.path() / "password");
  EXPECT_FALSE(shared.options_of(set, hooks));
}

/// What the wait for the certificates in that file comes to while the disk does not answer, and
/// when it does.
class CertificatesReady : public base::testing::CoroutineTest {
 protected:
  boost::asio::awaitable<void> wait(std::string file) {
    Access access;
    access.transport.ca_bundle_file = std::move(file);
    auto const shared = std::make_shared<Access const>(std::move(access));
    auto const ready = co_await certificates_ready(&disk, shared);
    events.push_back(ready ? "ready" : ready.error().message);
  }
  async::VirtualTime time{context};
  boost::asio::io_context disk_loop{1};
  base::Background disk{disk_loop.get_executor()};
};

TEST_F(CertificatesReady, WithoutAFileNobodyWaits) {
  spawn(wait(""));
  time.advance(std::chrono::seconds(0));
  EXPECT_THAT(events, ElementsAre("ready"));
}

TEST_F(CertificatesReady, ADiskThatHangsIsAnErrorThatNamesTheFile) {
  spawn(wait("/mnt/ca.pem"));
  time.advance(std::chrono::seconds(10));
  EXPECT_THAT(events, ElementsAre("cannot read /mnt/ca.pem: no answer for 10 s from its disk"));
}

TEST_F(CertificatesReady, WhatIsWrongWithTheFileIsToldByWhoeverUsesIt) {
  spawn(wait("/no/such/file"));
  time.advance(std::chrono::seconds(0));
  disk_loop.poll();
  time.advance(std::chrono::seconds(0));
  EXPECT_THAT(events, ElementsAre("ready"));
}

TEST_F(RealPortsTest, BackendsShareTheLookAtProcesses) {
  std::atomic<int> looks = 0;
  auto const count = [&looks] {
    ++looks;
    return backends::ProcessView();
  };
  shared.looks = std::make_shared<backends::SharedLook>(std::chrono::hours(1), count);
  RealPorts const make(context.get_executor(), hooks, shared);
  std::vector<std::unique_ptr<backends::Backend>> all;
  for (std::string const name : {"one", "two", "three"}) {
    auto set = settings("a");
    set.name = name;
    set.work_dir = folder.path();
    auto ports = make(set, owner_of(set).value(), SetRecord());
    ASSERT_TRUE(ports) << ports.error().message;
    auto backend = ports->make_backend([](backends::InstanceEvent const&) {});
    ASSERT_TRUE(backend) << backend.error().message;
    all.push_back(*std::move(backend));
  }
  int listed = 0;
  for (auto const& backend : all) {
    boost::asio::co_spawn(context, backend->list(), [&listed](auto const&, auto const& instances) {
      listed += instances ? 1 : 0;
    });
  }
  context.run();
  EXPECT_EQ(listed, 3);
  EXPECT_EQ(looks, 1);
  context.restart();
  for (auto const& backend : all)
    boost::asio::co_spawn(context, backend->detach(), boost::asio::detached);
  context.run();
}

TEST_F(RealPortsTest, ACredentialHasOneDoorWhoseRateCanChange) {
  Access slow = access("a");
  slow.starts.rate = 3;
  auto const door = shared.door_of(slow);
  EXPECT_EQ(shared.door_of(access("a")), door);
  EXPECT_NE(shared.door_of(access("b")), door);
  EXPECT_EQ(door->gate().rate(), 3);
  HouseConfig config;
  config.sets = {settings("a")};
  shared.configure(config);
  EXPECT_EQ(door->gate().rate(), StartGateOptions().rate);
}

}  // namespace
}  // namespace scaleset::daemon
