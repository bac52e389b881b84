#include "cli/control_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <thread>

#include "daemon/control_socket.hpp"

namespace scaleset::cli {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using daemon::ControlRequest;
using daemon::ControlSocket;
using daemon::ControlVerb;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Environment with(std::map<std::string, std::string, std::less<>> variables) {
  return [variables](char const* name) -> char const* {
    auto const found = variables.find(std::string_view(name));
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

TEST(SocketFolders, AreThoseWhereRunPutsThem) {
  EXPECT_THAT(socket_folders(with({{"HOME", "/home/u"}})),
              ElementsAre("/run/scaleset", "/home/u/.local/state/scaleset/runners",
                          "/home/u/.local/state/scaleset"));
  EXPECT_THAT(socket_folders(with({{"RUNTIME_DIRECTORY", "/run/scaleset"}})),
              ElementsAre("/run/scaleset", "/var/lib/scaleset/runners", "/var/lib/scaleset"));
}

class ControlClientTest : public ::testing::Test {
 protected:
  ~ControlClientTest() override {
    if (peer.joinable()) peer.join();
  }
  /// Takes one connection, reads what has come and answers.
  void serve(std::string answer) {
    opened.emplace(ControlSocket::open(path).value());
    peer = std::thread([this, answer = std::move(answer), listening = opened->descriptor()] {
      base::UniqueFd client;
      while (!client.valid()) client.reset(::accept(listening, nullptr, nullptr));
      std::array<char, 4096> request{};
      auto const count = ::read(client.get(), request.data(), request.size());
      asked.assign(request.data(), static_cast<std::size_t>(std::max<ssize_t>(0, count)));
      for (char const c : answer) ::send(client.get(), &c, 1, MSG_NOSIGNAL);
    });
  }
  auto ask_it() { return ask(path, ControlRequest(ControlVerb::pause, "s"), 60s); }

  base::TemporaryDirectory folder;
  fs::path path = folder.path() / "a.sock";
  std::optional<ControlSocket> opened;
  std::thread peer;
  std::string asked;
};

TEST_F(ControlClientTest, AsksAndReturnsTheResult) {
  serve("{\"result\":{\"set\":\"x\"}}\n");
  auto const answer = ask_it();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->at("set"), "x");
  peer.join();
  EXPECT_EQ(asked, "{\"command\":\"pause\",\"set\":\"s\"}\n");
}

TEST_F(ControlClientTest, ReturnsTheErrorOfTheAnswer) {
  serve("{\"error\":{\"code\":\"conflict\",\"message\":\"it is busy\"}}\n");
  auto const answer = ask_it();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::conflict);
  EXPECT_EQ(answer.error().message, "it is busy");
}

TEST_F(ControlClientTest, AnAnswerThatBreaksOffIsNoAnswer) {
  serve("{\"result\":");
  EXPECT_EQ(ask_it().error().code, ErrorCode::io);
}

TEST_F(ControlClientTest, WithoutAnAutoscalerItSaysSo) {
  auto const answer = ask_it();
  EXPECT_EQ(answer.error().code, ErrorCode::not_found);
  EXPECT_THAT(answer.error().message, HasSubstr("no autoscaler listens at " + path.string()));
}

TEST_F(ControlClientTest, OneThatDoesNotAnswerIsNotWaitedForForEver) {
  auto const listening = ControlSocket::open(path);
  ASSERT_TRUE(listening);
  EXPECT_EQ(ask(path, ControlRequest(ControlVerb::status), 10ms).error().code, ErrorCode::timeout);
}

TEST_F(ControlClientTest, TheOnlySocketIsFound) {
  fs::path const other = folder.path() / "other";
  fs::create_directory(other);
  std::ofstream(folder.path() / "file.sock") << "x";
  {
    ASSERT_TRUE(ControlSocket::open(other / "dead.sock"));
  }
  std::vector<fs::path> const folders{folder.path(), other, folder.path() / "none"};
  auto const none = find_socket(folders, true);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  EXPECT_THAT(none.error().message, AllOf(HasSubstr(other.string()), HasSubstr("--socket")));
  auto const listening = ControlSocket::open(path);
  EXPECT_EQ(find_socket(folders, true).value(), path);
  EXPECT_EQ(find_socket({folder.path(), folder.path()}, true).value(), path) << "it is one";
  auto const second = ControlSocket::open(other / "b.sock");
  auto const both = find_socket(folders, true);
  EXPECT_EQ(both.error().code, ErrorCode::ambiguous_result);
  EXPECT_THAT(both.error().message,
              AllOf(HasSubstr(path.string()), HasSubstr((other / "b.sock").string())));
}

TEST_F(ControlClientTest, NextToOneThatHasDiedTheOtherIsOnlyLookedAt) {
  fs::path const dead = folder.path() / "dead.sock";
  {
    base::UniqueFd const socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    dead.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof(address)),
              0);
  }
  auto const listening = ControlSocket::open(path);
  EXPECT_EQ(find_socket({folder.path()}, true).value(), path);
  auto const unclear = find_socket({folder.path()}, false);
  EXPECT_EQ(unclear.error().code, ErrorCode::ambiguous_result);
  EXPECT_THAT(unclear.error().message,
              AllOf(HasSubstr("another one has died (" + dead.string() + ")"),
                    HasSubstr("--socket: " + path.string())));
  fs::remove(dead);
  EXPECT_EQ(find_socket({folder.path()}, false).value(), path);
}

TEST_F(ControlClientTest, ASocketOfAUnitForEachScaleSetIsFound) {
  fs::create_directories(folder.path() / "my-set" / "deeper");
  auto const listening = ControlSocket::open(folder.path() / "my-set" / "a.sock");
  auto const too_deep = ControlSocket::open(folder.path() / "my-set" / "deeper" / "b.sock");
  EXPECT_EQ(find_socket({folder.path()}, true).value(), folder.path() / "my-set" / "a.sock");
}

TEST_F(ControlClientTest, FoldersThatMayNotBeLookedIntoAreNamed) {
  fs::permissions(folder.path(), fs::perms::none);
  bool const is_root = ::geteuid() == 0;  // who may look into all folders
  ASSERT_TRUE(!is_root || ::seteuid(65534) == 0);
  auto const none = find_socket({folder.path()}, true);
  ASSERT_TRUE(!is_root || ::seteuid(0) == 0);
  fs::permissions(folder.path(), fs::perms::owner_all);
  EXPECT_THAT(none.error().message,
              HasSubstr("this user may not look into " + folder.path().string()));
}

}  // namespace
}  // namespace scaleset::cli
