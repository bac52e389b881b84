#include "daemon/kept_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

#include "base/files.hpp"
#include "base/jwt.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class KeptSecretsTest : public ::testing::Test {
 protected:
  void write(std::string const& text) const { std::ofstream(file) << text; }
  [[nodiscard]] SecretReader reader() const { return secret_file(file.string()); }
  [[nodiscard]] SecretReader token() {
    return std::get<PersonalAccessToken>(secrets.keep(PersonalAccessToken{reader()})).token;
  }
  [[nodiscard]] SecretReader key() {
    GitHubApp app;
    app.private_key_pem = reader();
    return std::get<GitHubApp>(secrets.keep(app)).private_key_pem;
  }
  static std::string text_of(Result<Secret> const& secret) {
    return secret ? std::string(secret->reveal()) : secret.error().message;
  }
  static std::string private_key() {
    static auto const key = base::RsaPrivateKey::generate(1024).pem();
    return std::string(key.reveal());
  }

  base::TemporaryDirectory folder;
  std::filesystem::path file = folder.path() / "secret";
  KeptSecrets secrets;
};

TEST_F(KeptSecretsTest, AReaderReturnsWhatWasReadAndNeverReads) {
  write("ghp_first\n");
  auto const read = token();
  EXPECT_EQ(text_of(read()), "ghp_first");
  EXPECT_EQ(read.source(), "the file " + file.string());
  write("ghp_second\n");
  EXPECT_EQ(text_of(read()), "ghp_first");
  secrets.read_again();
  EXPECT_EQ(text_of(read()), "ghp_second");
}

TEST_F(KeptSecretsTest, WhatIsKeptAgainIsReadAgainForAllReaders) {
  write("ghp_first");
  auto const read = token();
  write("ghp_second");
  auto const again = token();
  EXPECT_EQ(text_of(read()), "ghp_second");
  EXPECT_EQ(text_of(again()), "ghp_second");
}

TEST_F(KeptSecretsTest, ATokenThatCannotBeUsedIsAProblemUntilItIsMended) {
  write("");
  auto const read = token();
  EXPECT_THAT(secrets.problems(), ElementsAre(HasSubstr("is empty")));
  EXPECT_THAT(text_of(read()), HasSubstr(file.string() + " is empty"));
  write("two words");
  secrets.read_again();
  EXPECT_THAT(secrets.problems(), ElementsAre(HasSubstr("contains a space")));
  std::filesystem::remove(file);
  secrets.read_again();
  EXPECT_THAT(secrets.problems(), ElementsAre(HasSubstr("No such file")));
  write("ghp_x");
  secrets.read_again();
  EXPECT_THAT(secrets.problems(), IsEmpty());
  EXPECT_EQ(text_of(read()), "ghp_x");
}

TEST_F(KeptSecretsTest, AKeyMustBeAKey) {
  write("ghp_x");
  auto const read = key();
  EXPECT_THAT(secrets.problems(),
              ElementsAre(AllOf(HasSubstr(file.string()), HasSubstr("is no PEM private key"))));
  EXPECT_EQ(read().error().code, ErrorCode::invalid_private_key);
  write(private_key());
  secrets.read_again();
  EXPECT_THAT(secrets.problems(), IsEmpty());
  EXPECT_THAT(text_of(read()), HasSubstr("BEGIN RSA PRIVATE KEY"));
}

TEST_F(KeptSecretsTest, APasswordMayBeAnyText) {
  write("two words");
  auto const read = secrets.keep_text(reader());
  EXPECT_THAT(secrets.problems(), IsEmpty());
  EXPECT_EQ(text_of(read()), "two words");
}

// One file may be the token of one credential and the password of another.
TEST_F(KeptSecretsTest, TheUseOfAFileDecidesWhatMayBeInIt) {
  write("two words");
  auto const as_token = token();
  auto const as_text = secrets.keep_text(reader());
  EXPECT_FALSE(as_token());
  EXPECT_TRUE(as_text());
}

TEST_F(KeptSecretsTest, WhatNobodyUsesAnyMoreIsForgotten) {
  {
    auto const read = token();
    EXPECT_THAT(secrets.problems(), ElementsAre(HasSubstr("No such file")));
  }
  EXPECT_THAT(secrets.problems(), IsEmpty());
}

TEST_F(KeptSecretsTest, WhatDoesNotReadIsLeftAsItIs) {
  int asked = 0;
  TokenProvider const provider{[&asked]() -> Result<ProvidedToken> {
                                 ++asked;
                                 return ProvidedToken();
                               },
                               "the vault"};
  auto const kept = secrets.keep(provider);
  EXPECT_EQ(std::get<TokenProvider>(kept).name, "the vault");
  GitHubApp app;
  app.sign = [](std::string const& text) { return Result<std::string>(text); };
  EXPECT_FALSE(std::get<GitHubApp>(secrets.keep(app)).private_key_pem);
  secrets.read_again();
  EXPECT_EQ(asked, 0);
}

TEST_F(KeptSecretsTest, AReaderMayOutliveTheOthers) {
  write("ghp_x");
  std::optional<KeptSecrets> some(std::in_place);
  auto const read = std::get<PersonalAccessToken>(some->keep(PersonalAccessToken{reader()})).token;
  some.reset();
  EXPECT_EQ(text_of(read()), "ghp_x");
}

}  // namespace
}  // namespace scaleset::daemon
