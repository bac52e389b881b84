#include "daemon/control_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <map>

namespace scaleset::daemon {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

EnvironmentLookup with(std::map<std::string, std::string, std::less<>> variables) {
  return [variables](char const* name) -> char const* {
    auto const found = variables.find(std::string_view(name));
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

TEST(ControlSocketPath, IsInTheRuntimeFolderOrElseWithTheState) {
  EXPECT_EQ(control_socket_path(with({}), "/state", "a.sock"), "/state/a.sock");
  EXPECT_EQ(control_socket_path(with({{"RUNTIME_DIRECTORY", "/run/s"}}), "/state", "a.sock"),
            "/run/s/a.sock");
  EXPECT_EQ(control_socket_path(with({{"RUNTIME_DIRECTORY", "/run/s:/run/t"}}), "/state", "a"),
            "/run/s/a");
  for (auto const* unusable : {"", "relative"})
    EXPECT_EQ(control_socket_path(with({{"RUNTIME_DIRECTORY", unusable}}), "/state", "a"),
              "/state/a");
}

class ControlSocketTest : public ::testing::Test {
 protected:
  Error refusal() const {
    auto const opened = ControlSocket::open(path);
    EXPECT_FALSE(opened);
    return opened ? Error(ErrorCode::io, "opened") : opened.error();
  }
  base::TemporaryDirectory folder;
  fs::path path = folder.path() / "s.sock";
};

TEST_F(ControlSocketTest, OnlyItsOwnerMayConnectWhateverTheUmask) {
  mode_t const before = ::umask(0);
  auto const opened = ControlSocket::open(path);
  ::umask(before);
  ASSERT_TRUE(opened);
  struct stat about{};
  ASSERT_EQ(::lstat(path.c_str(), &about), 0);
  EXPECT_TRUE(S_ISSOCK(about.st_mode));
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(ControlSocketTest, TakesConnectionsAndKnowsWhoseTheyAre) {
  auto const opened = ControlSocket::open(path);
  ASSERT_TRUE(opened);
  auto const client = connect_to(path);
  ASSERT_TRUE(client) << client.error().message;
  base::UniqueFd const accepted(::accept(opened->descriptor(), nullptr, nullptr));
  ASSERT_TRUE(accepted.valid());
  EXPECT_EQ(peer_user(accepted.get()), ::geteuid());
  EXPECT_EQ(peer_user(-1), std::nullopt);
}

TEST_F(ControlSocketTest, TheFileGoesWithIt) {
  {
    ASSERT_TRUE(ControlSocket::open(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(ControlSocketTest, AFileThatIsAnotherOneByNowStays) {
  {
    auto const opened = ControlSocket::open(path);
    ASSERT_TRUE(opened);
    fs::remove(path);
    std::ofstream(path) << "x";
  }
  EXPECT_TRUE(fs::exists(path));
}

TEST_F(ControlSocketTest, ASocketThatNobodyListensAtIsReplaced) {
  fs::path const kept = folder.path() / "kept";
  {
    auto const dead = ControlSocket::open(path);
    ASSERT_TRUE(dead);
    fs::rename(path, kept);  // so that it stays, as after kill -9
  }
  fs::rename(kept, path);
  EXPECT_EQ(connect_to(path).error().code, ErrorCode::not_found);
  auto const opened = ControlSocket::open(path);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(connect_to(path));
}

TEST_F(ControlSocketTest, OneThatSomebodyListensAtIsLeftAlone) {
  auto const first = ControlSocket::open(path);
  ASSERT_TRUE(first);
  auto const error = refusal();
  EXPECT_EQ(error.code, ErrorCode::conflict);
  EXPECT_THAT(error.message, HasSubstr("give another path with --socket"));
  EXPECT_TRUE(connect_to(path));
}

TEST_F(ControlSocketTest, OneWhoseOwnerAcceptsNobodyIsLeftAloneToo) {
  auto const first = ControlSocket::open(path);
  ASSERT_TRUE(first);
  std::vector<base::UniqueFd> clients;
  for (int i = 0; i < 1000; ++i) {
    auto client = connect_to(path);
    if (!client) {
      EXPECT_EQ(client.error().code, ErrorCode::timeout) << "it does not wait";
      break;
    }
    clients.push_back(*std::move(client));
  }
  EXPECT_LT(clients.size(), 1000U);
  EXPECT_EQ(refusal().code, ErrorCode::conflict);
}

TEST_F(ControlSocketTest, AForeignFileIsLeftAlone) {
  std::ofstream(path) << "mine";
  auto const error = refusal();
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_THAT(error.message, HasSubstr("no socket at " + path.string()));
  EXPECT_EQ(base::read_file(path).value(), "mine");
  fs::remove(path);
  fs::create_symlink(folder.path() / "elsewhere", path);
  EXPECT_EQ(refusal().code, ErrorCode::invalid_argument) << "a link is not followed";
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_EQ(refusal().code, ErrorCode::invalid_argument);
}

TEST_F(ControlSocketTest, APathThatIsTooLongIsTold) {
  path = folder.path() / std::string(100, 'x');
  auto const error = refusal();
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_THAT(error.message, HasSubstr("of 107 that a socket may have"));
  EXPECT_EQ(connect_to(path).error().code, ErrorCode::invalid_argument);
  path = folder.path() / std::string(107 - folder.path().string().size() - 1, 'x');
  EXPECT_TRUE(ControlSocket::open(path)) << "the longest";
}

TEST_F(ControlSocketTest, AFolderThatIsNotThereIsTold) {
  path = folder.path() / "no" / "s.sock";
  EXPECT_EQ(refusal().code, ErrorCode::io);
  EXPECT_EQ(connect_to(path).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace scaleset::daemon
