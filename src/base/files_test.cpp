#include "base/files.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>

#include "base/unique_fd.hpp"
#include "scaleset/options.hpp"

namespace scaleset::base {
namespace {

using ::testing::HasSubstr;

TEST(Files, WrittenContentIsReadBackAndPrivate) {
  TemporaryDirectory const directory;
  auto const path = directory.path() / "file";
  for (auto* const write : {write_file_atomically, replace_file}) {
    ASSERT_TRUE(write(path, "first"));
    ASSERT_TRUE(write(path, std::string(100000, 'x')));
    EXPECT_EQ(read_file(path)->size(), 100000U);
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_TRUE(write(path, ""));
    EXPECT_EQ(read_file(path), "");
    auto const files = std::filesystem::directory_iterator(directory.path());
    EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "nothing is left beside it";
  }
}

TEST(Files, AFailedWriteLeavesNothingBeside) {
  TemporaryDirectory const directory;
  auto const path = directory.path() / "folder";
  std::filesystem::create_directory(path);
  for (auto* const write : {write_file_atomically, replace_file}) {
    auto const written = write(path, "x");
    ASSERT_FALSE(written) << "a folder cannot be replaced by a file";
    EXPECT_EQ(written.error().code, ErrorCode::io);
    auto const files = std::filesystem::directory_iterator(directory.path());
    EXPECT_EQ(std::distance(begin(files), end(files)), 1);
  }
}

TEST(Files, ErrorsNameThePathAndTheReason) {
  TemporaryDirectory const directory;
  auto const missing = read_file(directory.path() / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::io);
  EXPECT_NE(missing.error().message.find("missing: No such file"), std::string::npos)
      << missing.error().message;
  EXPECT_FALSE(write_file_atomically(directory.path() / "no" / "such" / "folder", "x"));
  EXPECT_FALSE(read_file(directory.path()));
}

TEST(Files, RefusesMoreThanTheLimit) {
  TemporaryDirectory const directory;
  ASSERT_TRUE(write_file_atomically(directory.path() / "file", "12345"));
  EXPECT_TRUE(read_file(directory.path() / "file", 5));
  EXPECT_FALSE(read_file(directory.path() / "file", 4));
}

TEST(Files, AllIsWrittenToADescriptorOrItFails) {
  TemporaryDirectory const directory;
  auto const path = directory.path() / "file";
  UniqueFd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  EXPECT_TRUE(write_all(file.get(), ""));
  EXPECT_TRUE(write_all(file.get(), std::string(200000, 'x')));
  EXPECT_EQ(read_file(path)->size(), 200000U);
  UniqueFd const full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_FALSE(write_all(full.get(), "x"));
  EXPECT_EQ(errno, ENOSPC);
}

TEST(Files, PrivateFoldersAreForThisUserOnly) {
  TemporaryDirectory const above;
  auto const nested = above.path() / "a" / "b";
  ASSERT_TRUE(create_private_folder(nested));
  EXPECT_TRUE(create_private_folder(nested)) << "it exists already";
  for (auto const& folder : {nested, nested.parent_path()}) {
    EXPECT_EQ(std::filesystem::status(folder).permissions(), std::filesystem::perms::owner_all);
  }
  std::ofstream(above.path() / "file") << "x";
  auto const refused = create_private_folder(above.path() / "file" / "c");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot create the folder"));
}

TEST(Files, TemporaryDirectoryGoesWithEverythingInIt) {
  std::filesystem::path path;
  {
    TemporaryDirectory const directory;
    path = directory.path();
    std::filesystem::create_directories(path / "a" / "b");
    std::ofstream(path / "a" / "b" / "file") << "x";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(SecretFile, IsReadAgainAtEachCallAndTrimmed) {
  TemporaryDirectory const directory;
  auto const path = directory.path() / "token";
  auto const reader = secret_file(path);
  ASSERT_TRUE(write_file_atomically(path, "  first\n"));
  EXPECT_EQ(reader()->reveal(), "first");
  ASSERT_TRUE(write_file_atomically(path, "second"));
  EXPECT_EQ(reader()->reveal(), "second");
}

TEST(SecretFile, EmptyOrMissingIsAnErrorThatNamesTheFile) {
  TemporaryDirectory const directory;
  auto const path = directory.path() / "token";
  auto const reader = secret_file(path);
  EXPECT_NE(reader().error().message.find("token"), std::string::npos);
  ASSERT_TRUE(write_file_atomically(path, " \n"));
  EXPECT_NE(reader().error().message.find("is empty"), std::string::npos);
}

TEST(SecretFromEnvironment, IsReadAnewAtEachCallAndTrimmed) {
  auto const reader = secret_from_environment("SCALESET_TEST_TOKEN");
  ::setenv("SCALESET_TEST_TOKEN", " first\n", 1);
  EXPECT_EQ(reader()->reveal(), "first");
  ::setenv("SCALESET_TEST_TOKEN", "second", 1);
  EXPECT_EQ(reader()->reveal(), "second");
}

TEST(SecretFromEnvironment, UnsetOrBlankIsAnErrorThatNamesTheVariable) {
  auto const reader = secret_from_environment("SCALESET_TEST_TOKEN");
  ::unsetenv("SCALESET_TEST_TOKEN");
  EXPECT_EQ(reader().error().code, ErrorCode::io);
  EXPECT_EQ(reader().error().message,
            "the environment variable SCALESET_TEST_TOKEN is not set: it should hold the secret");
  ::setenv("SCALESET_TEST_TOKEN", " \t\n", 1);
  EXPECT_EQ(reader().error().message,
            "the environment variable SCALESET_TEST_TOKEN is empty: it should hold the secret");
}

TEST(ConstantSecret, IsAlwaysTheSame) {
  auto const reader = constant_secret(Secret("token"));
  EXPECT_EQ(reader()->reveal(), "token");
  EXPECT_EQ(reader()->reveal(), "token");
}

TEST(FileIdentity, IsOfTheFileAndNotOfThePath) {
  TemporaryDirectory const folder;
  auto const path = folder.path() / "a";
  EXPECT_FALSE(identity_of(path)) << "there is nothing";
  UniqueFd const file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(file.valid());
  auto const identity = identity_of(file.get());
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity_of(path), identity);
  std::filesystem::create_symlink(path, folder.path() / "link");
  EXPECT_EQ(identity_of(folder.path() / "link"), identity) << "what a link leads to counts";
  std::filesystem::rename(path, folder.path() / "b");
  std::ofstream(path) << "another";
  EXPECT_NE(identity_of(path), identity);
  EXPECT_EQ(identity_of(folder.path() / "b"), identity);
  EXPECT_FALSE(identity_of(-1));
}

}  // namespace
}  // namespace scaleset::base
