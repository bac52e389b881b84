#include "client/finalized_options.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/jwt.hpp"

namespace scaleset::inline v0 {
namespace {

ClientOptions options_of(std::string token) {
  ClientOptions options;
  options.config_url = "https://github.com/my-org";
  options.credentials = PersonalAccessToken{constant_secret(Secret(std::move(token)))};
  options.transport.proxy = "";
  return options;
}

std::string fingerprint_of(ClientOptions const& options) {
  return finalize(options).value()->fingerprint();
}

TEST(FinalizedOptions, ForcedGhesIsReadOnceAndByPresenceOnly) {
  ::setenv("GITHUB_ACTIONS_FORCE_GHES", "", 1);
  auto const forced = finalize(options_of("pat"));
  ::unsetenv("GITHUB_ACTIONS_FORCE_GHES");
  ASSERT_TRUE(forced);
  EXPECT_FALSE((*forced)->config_url().hosted);
  EXPECT_EQ((*forced)->config_url().api_base, "https://github.com/api/v3");
  EXPECT_TRUE(finalize(options_of("pat")).value()->config_url().hosted);
}

TEST(FinalizedOptions, FingerprintsOfLikeOptionsAreEqual) {
  auto other = options_of("pat");
  other.system_info.subsystem = "other";
  other.retry.budget = 1;
  EXPECT_EQ(fingerprint_of(options_of("pat")), fingerprint_of(other));
  EXPECT_EQ(fingerprint_of(other).size(), 32U) << "a digest, not the secret";
}

TEST(FinalizedOptions, FingerprintsTellWhatMakesADifference) {
  auto const own = fingerprint_of(options_of("pat"));
  EXPECT_NE(own, fingerprint_of(options_of("other")));
  auto other = options_of("pat");
  other.config_url += "/repo";
  EXPECT_NE(own, fingerprint_of(other));
  other = options_of("pat");
  other.transport.proxy = "http://proxy:3128";
  EXPECT_NE(own, fingerprint_of(other));
  other = options_of("pat");
  other.transport.no_proxy = "x";
  EXPECT_NE(own, fingerprint_of(other));
  other = options_of("pat");
  other.transport.ca_bundle = CaBundle::instead_of_system;
  EXPECT_NE(own, fingerprint_of(other));
  other = options_of("pat");
  auto const key = constant_secret(base::RsaPrivateKey::generate(2048).pem());
  other.credentials = GitHubApp{"Iv1", 1, key};
  auto const app = fingerprint_of(other);
  EXPECT_NE(own, app);
  other.credentials = GitHubApp{"Iv1", 2, key};
  EXPECT_NE(app, fingerprint_of(other));
  other.credentials = GitHubApp{"Iv11", 1, key};
  EXPECT_NE(app, fingerprint_of(other));
}

TEST(FinalizedOptions, WhatCannotBeToldHasNoFingerprint) {
  auto options = options_of("pat");
  options.credentials = GitHubApp{"Iv1", 1, {}, [](auto const&) { return Result<std::string>(); }};
  EXPECT_EQ(fingerprint_of(options), "");
  options.credentials = TokenProvider{[] { return Result<ProvidedToken>(); }};
  EXPECT_EQ(fingerprint_of(options), "");
}

TEST(FinalizedOptions, EveryTimeIsAboveZeroAndFitsIntoADate) {
  using std::chrono::milliseconds;
  auto const refuses = [](auto member) {
    for (auto const bad : {milliseconds::min(), milliseconds(0), milliseconds::max()}) {
      auto options = options_of("pat");
      member(options) = bad;
      auto const made = finalize(options);
      if (made || made.error().code != ErrorCode::invalid_options) return false;
    }
    return true;
  };
  EXPECT_TRUE(refuses([](auto& options) -> auto& { return options.retry.min_delay; }));
  EXPECT_TRUE(refuses([](auto& options) -> auto& { return options.retry.max_delay; }));
  EXPECT_TRUE(refuses([](auto& options) -> auto& { return options.retry.max_elapsed; }));
  EXPECT_TRUE(refuses([](auto& options) -> auto& { return options.transport.connect_timeout; }));
  EXPECT_TRUE(refuses([](auto& options) -> auto& { return options.transport.request_timeout; }));
  EXPECT_TRUE(refuses([](auto& options) -> auto& { return options.transport.poll_timeout; }));
  EXPECT_TRUE(refuses([](auto& options) -> auto& { return options.transport.tcp_keepalive; }));
}

}  // namespace
}  // namespace scaleset::inline v0
