#include "daemon/service_notify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>

#include "base/files.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;

using Variables = std::map<std::string, std::string, std::less<>>;

NotifySettings settings_with(Variables const& variables) {
  return notify_settings(
      [&variables](char const* name) -> char const* {
        auto const found = variables.find(std::string_view(name));
        return found == variables.end() ? nullptr : found->second.c_str();
      },
      77);
}

/// The service manager's end.
class Manager {
 public:
  explicit Manager(std::string const& address)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    std::ranges::copy(address, std::begin(own.sun_path));
    if (address.starts_with('@')) own.sun_path[0] = '\0';
    auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr const*>(&own), size), 0);
  }
  std::string received() const {
    std::array<char, 4096> message{};
    auto const count = ::recv(socket_.get(), message.data(), message.size(), 0);
    return count < 0 ? "" : std::string(message.data(), static_cast<std::size_t>(count));
  }

 private:
  base::UniqueFd socket_;
};

TEST(ServiceNotify, NothingIsWantedWithoutTheVariables) {
  auto const settings = settings_with({});
  EXPECT_EQ(settings.address, "");
  EXPECT_FALSE(settings.watchdog);
}

TEST(ServiceNotify, ReadsWhatTheManagerWants) {
  auto const settings = settings_with({{"NOTIFY_SOCKET", "/run/systemd/notify"},
                                       {"WATCHDOG_USEC", "30000000"},
                                       {"WATCHDOG_PID", "77"}});
  EXPECT_EQ(settings.address, "/run/systemd/notify");
  EXPECT_EQ(settings.watchdog, 30s);
  EXPECT_EQ(settings_with({{"NOTIFY_SOCKET", "@abstract"}}).address, "@abstract");
  EXPECT_EQ(settings_with({{"NOTIFY_SOCKET", "@a"}, {"WATCHDOG_USEC", "5"}}).watchdog, 5us);
}

TEST(ServiceNotify, WhatMakesNoSenseCountsAsNotSet) {
  for (auto const& address : {std::string(), std::string("relative"), std::string("/"),
                              std::string("vsock:2:1"), std::string("/") + std::string(107, 'x')})
    EXPECT_EQ(settings_with({{"NOTIFY_SOCKET", address}}).address, "") << address;
  for (auto const* number : {"", "0", "-1", "x", "99999999999999999999"})
    EXPECT_FALSE(settings_with({{"NOTIFY_SOCKET", "@a"}, {"WATCHDOG_USEC", number}}).watchdog);
  EXPECT_FALSE(
      settings_with({{"NOTIFY_SOCKET", "@a"}, {"WATCHDOG_USEC", "5"}, {"WATCHDOG_PID", "78"}})
          .watchdog)
      << "it is meant for the process that has started us";
}

TEST(ServiceNotify, MessagesAreAssignmentsOneToALine) {
  EXPECT_EQ(ready_message("serving"), "READY=1\nSTATUS=serving");
  EXPECT_EQ(stopping_message("draining"), "STOPPING=1\nSTATUS=draining");
  EXPECT_EQ(reloading_message(1234us), "RELOADING=1\nMONOTONIC_USEC=1234");
  EXPECT_EQ(status_message("a\nREADY=1"), "STATUS=a READY=1") << "no text adds an assignment";
}

TEST(ServiceNotify, SendsToAPathAndToAnAbstractName) {
  base::TemporaryDirectory const folder;
  std::string const path = folder.path() / "notify";
  std::string const name = "@scaleset-test-" + std::to_string(::getpid());
  for (auto const& address : {path, name}) {
    Manager const manager(address);
    EXPECT_TRUE(send_notification(address, kWatchdogMessage)) << address;
    EXPECT_EQ(manager.received(), "WATCHDOG=1");
  }
}

TEST(ServiceNotify, AManagerThatIsGoneOrDoesNotReadIsNotWaitedFor) {
  base::TemporaryDirectory const folder;
  std::string const path = folder.path() / "notify";
  EXPECT_FALSE(send_notification(path, "READY=1"));
  EXPECT_FALSE(send_notification("", "READY=1"));
  Manager const manager(path);
  bool taken = true;
  for (int i = 0; i < 100000 && taken; ++i) taken = send_notification(path, "READY=1");
  EXPECT_FALSE(taken);
}

}  // namespace
}  // namespace scaleset::daemon
