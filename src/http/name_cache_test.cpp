#include "http/name_cache.hpp"

#include <gtest/gtest.h>

namespace scaleset::http {
namespace {

using namespace std::chrono_literals;

class NameCacheTest : public ::testing::Test {
 protected:
  /// What find() returns: the first address, "unknown" or the text of the failure.
  std::string known(std::string const& host = "host") const {
    auto const found = cache.find(host, now);
    return found ? text(*found) : "unknown";
  }
  std::string learn(Result<Addresses> answer, std::string const& host = "host") {
    return text(cache.learn(host, std::move(answer), now));
  }
  static std::string text(Result<Addresses> const& answer) {
    return answer ? answer->at(0) : answer.error().message;
  }
  static Result<Addresses> failure() { return fail(ErrorCode::network, "no answer"); }

  NameCache cache;
  NameCache::Time now{1000h};
};

TEST_F(NameCacheTest, AnAnswerIsKeptForAMinute) {
  EXPECT_EQ(known(), "unknown");
  EXPECT_EQ(learn(Addresses{"192.0.2.1", "2001:db8::1"}), "192.0.2.1");
  EXPECT_EQ(known(), "192.0.2.1");
  EXPECT_EQ(cache.find("host", now)->value().size(), 2U);
  EXPECT_EQ(known("other"), "unknown");
  now += 59s;
  EXPECT_EQ(known(), "192.0.2.1");
  now += 1s;
  EXPECT_EQ(known(), "unknown");
  EXPECT_EQ(learn(Addresses{"192.0.2.2"}), "192.0.2.2");
  EXPECT_EQ(known(), "192.0.2.2");
}

TEST_F(NameCacheTest, AFailureIsKeptForAMomentOnly) {
  EXPECT_EQ(learn(failure()), "no answer");
  EXPECT_EQ(known(), "no answer");
  now += 2s;
  EXPECT_EQ(known(), "unknown");
}

TEST_F(NameCacheTest, WhileNamesCannotBeLookedUpTheOldAddressesCount) {
  learn(Addresses{"192.0.2.1"});
  now += 5min;
  EXPECT_EQ(learn(failure()), "192.0.2.1");
  EXPECT_EQ(known(), "192.0.2.1");
  now += 2s;
  EXPECT_EQ(known(), "unknown") << "it is asked again soon";
  now += 55min + 57s;  // an hour after they were good, less a second
  EXPECT_EQ(learn(failure()), "192.0.2.1");
  now += 2s;
  EXPECT_EQ(learn(failure()), "no answer");
}

TEST_F(NameCacheTest, WhatIsTooOldIsForgotten) {
  for (int i = 0; i < 100; ++i) learn(Addresses{"192.0.2.1"}, "host" + std::to_string(i));
  learn(failure(), "none");
  EXPECT_EQ(cache.size(), 101U);
  now += 2s;
  learn(failure(), "another");
  EXPECT_EQ(cache.size(), 101U);
  now += 1h + 1min;
  learn(Addresses{"192.0.2.1"});
  EXPECT_EQ(cache.size(), 1U);
}

}  // namespace
}  // namespace scaleset::http
