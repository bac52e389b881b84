#include "client/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "base/base64.hpp"
#include "base/files.hpp"
#include "client/testing/client_fixture.hpp"

namespace scaleset::inline v0::async {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

base::RsaPrivateKey const& app_key() {
  static base::RsaPrivateKey const key = base::RsaPrivateKey::generate(2048);
  return key;
}

class CredentialsTest : public ClientTest {
 protected:
  CredentialsTest() {
    answer = [](HttpRequest const&) { return make_response(204); };
  }
  Result<void> call() { return run_task(context, make().remove_runner(RunnerId{1})); }
  Error refused() {
    auto const made = finalize(options);
    return made ? Error(ErrorCode::io, "accepted") : made.error();
  }
  static void write(std::filesystem::path const& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
  }

  base::TemporaryDirectory folder;
};

TEST_F(CredentialsTest, ABlankTokenIsRefusedWhenTheClientIsMade) {
  for (auto const* text : {"", " ", "\n", "\xEF\xBB\xBF \r\n"}) {
    options.credentials = PersonalAccessToken{constant_secret(Secret(text))};
    EXPECT_EQ(refused().code, ErrorCode::invalid_options);
    EXPECT_THAT(refused().message, HasSubstr("is blank"));
  }
}

TEST_F(CredentialsTest, ATokenFileOrVariableThatHoldsNoTokenIsRefusedByName) {
  auto const path = folder.path() / "token";
  options.credentials = PersonalAccessToken{secret_file(path)};
  for (auto const* text : {"ghp_a\nghp_b\n", "GITHUB_TOKEN=ghp_a\n", "\"ghp_a\"\n"}) {
    write(path, text);
    EXPECT_EQ(refused().code, ErrorCode::invalid_options);
    EXPECT_THAT(refused().message, HasSubstr("the file " + path.string()));
    EXPECT_THAT(refused().message, Not(HasSubstr("ghp_")));
    ::setenv("SCALESET_TEST_TOKEN", text, 1);
    options.credentials = PersonalAccessToken{secret_from_environment("SCALESET_TEST_TOKEN")};
    EXPECT_THAT(refused().message, HasSubstr("the environment variable SCALESET_TEST_TOKEN"));
    options.credentials = PersonalAccessToken{secret_file(path)};
  }
  write(path, std::string_view("\xFF\xFEg\0h\0p\0_\0\r\0\n\0", 14));
  EXPECT_THAT(refused().message, HasSubstr("UTF-16"));
  ::unsetenv("SCALESET_TEST_TOKEN");
}

TEST_F(CredentialsTest, WhatSurroundsATokenIsTakenOff) {
  auto const path = folder.path() / "token";
  write(path, "\xEF\xBB\xBF  ghp_file\r\n");
  options.credentials = PersonalAccessToken{secret_file(path)};
  ASSERT_TRUE(call());
  EXPECT_EQ(header(transport->requests.at(0), "Authorization"), "Bearer ghp_file");
  ASSERT_TRUE(run_task(context, shut_down()));
  options.credentials = PersonalAccessToken{constant_secret(Secret(" ghp_text\n"))};
  ASSERT_TRUE(call());
  EXPECT_EQ(header(transport->requests.at(0), "Authorization"), "Bearer ghp_text");
}

TEST_F(CredentialsTest, ATokenThatBecomesUselessLaterIsNotSent) {
  std::string current = "ghp_first";
  options.credentials =
      PersonalAccessToken{[&current]() -> Result<Secret> { return Secret(current); }};
  auto& api = make();
  current = " ";
  auto const removed = run_task(context, api.remove_runner(RunnerId{1}));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, ErrorCode::invalid_options);
  EXPECT_THAT(removed.error().message, HasSubstr("the SecretReader is blank"));
  EXPECT_TRUE(transport->requests.empty());
}

TEST_F(CredentialsTest, WhatATokenProviderReturnsIsChecked) {
  for (auto const* text : {" ", "a\nb", "TOKEN=a"}) {
    options.credentials = TokenProvider{[text]() -> Result<ProvidedToken> {
      ProvidedToken provided;
      provided.token = Secret(text);
      return provided;
    }};
    auto const removed = call();
    ASSERT_FALSE(removed);
    EXPECT_EQ(removed.error().code, ErrorCode::invalid_options);
    EXPECT_THAT(removed.error().message, HasSubstr("TokenProvider"));
    EXPECT_FALSE(removed.error().request_sent);
    EXPECT_TRUE(transport->requests.empty());
    ASSERT_TRUE(run_task(context, shut_down()));
  }
}

TEST_F(CredentialsTest, AReaderThatFailsOrThrowsIsAnErrorOfMakingTheClient) {
  options.credentials = PersonalAccessToken{secret_file("/nonexistent/token")};
  EXPECT_EQ(refused().code, ErrorCode::io);
  EXPECT_THAT(refused().message, HasSubstr("/nonexistent/token"));
  options.credentials =
      PersonalAccessToken{[]() -> Result<Secret> { throw std::runtime_error("vault sealed"); }};
  EXPECT_EQ(refused().code, ErrorCode::io);
  EXPECT_THAT(refused().message, HasSubstr("the SecretReader threw an exception: vault sealed"));
}

TEST_F(CredentialsTest, AnAppsKeyThatIsNoneIsRefusedByTheNameOfItsFile) {
  auto const path = folder.path() / "key.pem";
  write(path, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n");
  options.credentials = GitHubApp{"Iv1", 42, secret_file(path)};
  EXPECT_EQ(refused().code, ErrorCode::invalid_private_key);
  EXPECT_THAT(refused().message, HasSubstr("the file " + path.string()));
  EXPECT_THAT(refused().message, HasSubstr("ssh-keygen"));
  write(path, base::base64_encode(app_key().pem().reveal()));
  EXPECT_TRUE(finalize(options));
}

TEST_F(CredentialsTest, ASignerTakesThePlaceOfTheKey) {
  auto const loop = std::this_thread::get_id();
  auto thread = std::make_shared<std::thread::id>();
  options.credentials = GitHubApp{"Iv1", 42, {}, [thread](std::string const& text) {
                                    *thread = std::this_thread::get_id();
                                    return Result<std::string>(app_key().sign(text));
                                  }};
  ASSERT_TRUE(call());
  EXPECT_NE(*thread, loop) << "it may block";
  auto const sent = header(transport->requests.at(0), "Authorization");
  ASSERT_TRUE(sent.starts_with("Bearer "));
  auto const token = sent.substr(7);
  auto const dot = token.rfind('.');
  EXPECT_TRUE(app_key().verifies(token.substr(0, dot),
                                 base::base64url_decode(token.substr(dot + 1)).value()));
}

TEST_F(CredentialsTest, WhatASignerDoesWrongIsAnErrorAndWhatItThrowsIsTriedAgain) {
  options.retry.max_retries = 1;
  auto calls = std::make_shared<std::atomic<int>>(0);
  options.credentials =
      GitHubApp{"Iv1", 42, {}, [calls](std::string const&) -> Result<std::string> {
                  ++*calls;
                  throw std::runtime_error("HSM offline");
                }};
  auto thrown = call();
  ASSERT_FALSE(thrown);
  EXPECT_THAT(thrown.error().message, HasSubstr("GitHubApp::sign threw an exception: HSM offline"));
  EXPECT_EQ(thrown.error().operation, "SignAppToken");
  EXPECT_EQ(*calls, 2);
  ASSERT_TRUE(run_task(context, shut_down()));
  options.credentials =
      GitHubApp{"Iv1", 42, {}, [](std::string const&) { return Result<std::string>(); }};
  auto const empty = call();
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, ErrorCode::invalid_options);
  EXPECT_TRUE(transport->requests.empty());
}

TEST_F(CredentialsTest, AnAppHasEitherAKeyOrASigner) {
  auto const key = constant_secret(app_key().pem());
  auto const sign = [](std::string const&) { return Result<std::string>("x"); };
  for (auto const& app : {GitHubApp{"Iv1", 42}, GitHubApp{"Iv1", 42, key, sign}}) {
    options.credentials = app;
    EXPECT_EQ(refused().code, ErrorCode::invalid_options);
  }
  options.credentials = GitHubApp{"Iv1", 42, {}, sign};
  EXPECT_TRUE(finalize(options));
}

}  // namespace
}  // namespace scaleset::inline v0::async
