#include "base/regular_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>

#include "base/files.hpp"
#include "base/unique_fd.hpp"
#include "scaleset/options.hpp"

namespace scaleset::base {
namespace {

using ::testing::HasSubstr;

class RegularFile : public ::testing::Test {
 protected:
  static void expect_refusal(std::filesystem::path const& path, std::string const& why) {
    auto const read = read_regular_file(path);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::io);
    EXPECT_EQ(read.error().message, "cannot read " + path.string() + ": " + why);
  }
  TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_.path() / "file";
};

TEST_F(RegularFile, IsReadToItsEnd) {
  std::string const text(100000, 'x');
  std::ofstream(path_) << text;
  EXPECT_EQ(read_regular_file(path_), text);
  std::filesystem::create_symlink(path_, folder_.path() / "link");
  EXPECT_EQ(read_regular_file(folder_.path() / "link"), text);
}

TEST_F(RegularFile, OneOfTheSystemsThatTellsNoSizeIsReadAsWell) {
  auto const read = read_regular_file("/proc/self/status");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(*read, HasSubstr("Pid:"));
}

TEST_F(RegularFile, MayHaveExactlyTheMost) {
  std::ofstream(path_) << "12345";
  EXPECT_TRUE(read_regular_file(path_, 5));
  auto const read = read_regular_file(path_, 4);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("larger than 4 bytes"));
}

TEST_F(RegularFile, WhatIsMissingIsAnErrorWithItsReason) {
  expect_refusal(path_, "No such file or directory");
}

TEST_F(RegularFile, AFolderIsRefused) {
  expect_refusal(folder_.path(), "it is a folder; give a file");
}

// A read of it would wait for ever.
TEST_F(RegularFile, APipeWithoutAWriterIsRefusedAtOnce) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  expect_refusal(path_, "it is a pipe; give a regular file, since it is read more than once");
}

TEST_F(RegularFile, ASocketIsRefused) {
  UniqueFd const socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), 0);
  expect_refusal(path_, "it is a socket; give a regular file");
}

TEST_F(RegularFile, ADeviceIsRefused) {
  expect_refusal("/dev/zero", "it is a device; give a regular file");
}

TEST_F(RegularFile, ASecretInAPipeIsRefusedAtOnceToo) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  auto const secret = secret_file(path_.string())();
  ASSERT_FALSE(secret);
  EXPECT_THAT(secret.error().message, HasSubstr("it is a pipe"));
}

}  // namespace
}  // namespace scaleset::base
