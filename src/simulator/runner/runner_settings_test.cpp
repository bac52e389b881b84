#include "simulator/runner/runner_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/base64.hpp"
#include "base/files.hpp"
#include "simulator/runner/testing/sample_jit_config.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReadRsaParameters, GivesTheSameKey) {
  Result<base::RsaPrivateKey> const key = read_rsa_parameters(sample_rsa_parameters());
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_TRUE(sample_key().verifies("text", key->sign("text")));
}

TEST(ReadRsaParameters, RefusesWhatIsNotAKey) {
  EXPECT_FALSE(read_rsa_parameters(""));
  EXPECT_FALSE(read_rsa_parameters("[]"));
  EXPECT_FALSE(read_rsa_parameters("{}"));
  EXPECT_FALSE(read_rsa_parameters(R"({"d":"AQ==","dp":"AQ==","dq":"AQ==","exponent":"AQ==",)"
                                   R"("inverseQ":"AQ==","modulus":"!","p":"AQ==","q":"AQ=="})"));
}

TEST(ReadJitConfig, ReadsWhatTheRunnerNeeds) {
  Result<RunnerSettings> const settings =
      read_jit_config("\n" + sample_jit_config("http://127.0.0.1:1") + " \n");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(settings->agent_id, 6858);
  EXPECT_EQ(settings->agent_name, "runner-1");
  EXPECT_EQ(settings->work_folder, "_work");
  EXPECT_EQ(settings->server_url, "http://127.0.0.1:1/broker/");
  EXPECT_EQ(settings->first_url, "http://127.0.0.1:1/first/");
  EXPECT_TRUE(settings->uses_pss);
  EXPECT_EQ(settings->authorization_url, "http://127.0.0.1:1/_apis/oauth2/token");
  EXPECT_EQ(settings->client_id, "client-1");
  EXPECT_EQ(settings->files.size(), 3U);
}

TEST(ReadJitConfig, RefusesEveryBrokenOneWithoutRepeatingIt) {
  auto const encoded = [](std::string const& text) { return base::base64_encode(text); };
  for (std::string const& bad :
       {std::string(), std::string("no base64!"), encoded("not json secret"), encoded("[1]"),
        encoded("{}"), encoded(R"({".runner":1})"), encoded(R"({"../escape":"QQ=="})"),
        encoded(R"({"a/b":"QQ=="})"), encoded(R"({"..":"QQ=="})"), encoded(R"({".runner":"%"})"),
        encoded(R"({".credentials_rsaparams":")" + encoded(sample_rsa_parameters()) + R"("})"),
        encoded(R"({".runner":")" + encoded(R"({"ServerUrlV2":"http://x"})") +
                R"(",".credentials_rsaparams":")" + encoded(sample_rsa_parameters()) + R"("})")}) {
    Result<RunnerSettings> const settings = read_jit_config(bad);
    ASSERT_FALSE(settings) << bad;
    EXPECT_EQ(settings.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(settings.error().message, Not(HasSubstr("secret")));
  }
}

TEST(ReadJitConfig, EveryTruncationIsRefused) {
  std::string const whole = sample_jit_config("http://127.0.0.1:1");
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    EXPECT_FALSE(read_jit_config(whole.substr(0, length))) << length;
  }
}

TEST(SettingsFiles, AreWrittenForTheOwnerOnlyAndRemoved) {
  base::TemporaryDirectory directory;
  Result<RunnerSettings> const settings = read_jit_config(sample_jit_config("http://127.0.0.1:1"));
  ASSERT_TRUE(settings);
  ASSERT_TRUE(write_settings_files(directory.path(), *settings));
  EXPECT_EQ(base::read_file(directory.path() / ".credentials_rsaparams").value_or(""),
            sample_rsa_parameters());
  EXPECT_EQ(fs::status(directory.path() / ".credentials_rsaparams").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(fs::exists(directory.path() / ".runner"));
  remove_settings_files(directory.path(), *settings);
  EXPECT_TRUE(fs::is_empty(directory.path()));
  EXPECT_FALSE(write_settings_files(directory.path() / "absent", *settings));
}

}  // namespace
}  // namespace scaleset::simulator::pretend
