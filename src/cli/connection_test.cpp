#include "cli/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/files.hpp"

namespace scaleset::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Connection, AFileThatOthersMayReadIsNamedWithTheMend) {
  base::TemporaryDirectory const folder;
  std::string const file = folder.path() / "secret";
  ASSERT_TRUE(base::write_file_atomically(file, "hunter2"));
  ConnectionArguments token;
  token.token_file = file;
  ConnectionArguments key;
  key.app_private_key_file = file;
  for (auto const* arguments : {&token, &key}) {
    ::chmod(file.c_str(), 0600);
    EXPECT_EQ(exposed_secret(*arguments), "");
    for (mode_t const mode : {0640U, 0604U, 0644U}) {
      ::chmod(file.c_str(), mode);
      EXPECT_THAT(exposed_secret(*arguments), HasSubstr("chmod 600 " + file));
    }
  }
}

TEST(Connection, WhatIsNoFileIsNotWarnedOf) {
  ConnectionArguments arguments;
  EXPECT_EQ(exposed_secret(arguments), "");
  arguments.token_file = "/nonexistent";
  EXPECT_EQ(exposed_secret(arguments), "");
  arguments.token_file = "/dev/null";
  EXPECT_EQ(exposed_secret(arguments), "");
}

TEST(Connection, FilesOfSecretsAreWatched) {
  ConnectionArguments arguments;
  EXPECT_THAT(secret_files_of(arguments), IsEmpty());
  arguments.token_command = "cat token";
  arguments.ca_file = "ca.pem";
  EXPECT_THAT(secret_files_of(arguments), IsEmpty());
  arguments.token_file = "token";
  EXPECT_THAT(secret_files_of(arguments), ElementsAre("token"));
  arguments.token_file.clear();
  arguments.app_private_key_file = "key.pem";
  EXPECT_THAT(secret_files_of(arguments), ElementsAre("key.pem"));
}

}  // namespace
}  // namespace scaleset::cli
