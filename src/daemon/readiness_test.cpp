#include "daemon/readiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace scaleset::daemon {
namespace {

using ::testing::StartsWith;

Error answered(ErrorCode code, int status) {
  Error error(code, "it says no");
  error.http_status = status;
  return error;
}

TEST(Readiness, EachHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  int count = 0;
  for (; count <= static_cast<int>(Readiness::ended); ++count)
    words.insert(to_string(static_cast<Readiness>(count)));
  EXPECT_EQ(words.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(to_string(Readiness::failing), "failing");
}

TEST(Readiness, WhatAPersonHasToMendIsRefusedAndTheRestMayPass) {
  for (auto const code : {ErrorCode::unauthorized, ErrorCode::forbidden, ErrorCode::not_found,
                          ErrorCode::proxy_authentication})
    EXPECT_EQ(readiness_after(Error(code, "")), Readiness::refused);
  for (auto const code : {ErrorCode::timeout, ErrorCode::network, ErrorCode::server_error,
                          ErrorCode::session_conflict, ErrorCode::rate_limited})
    EXPECT_EQ(readiness_after(Error(code, "")), Readiness::unreachable);
  for (auto const code : {ErrorCode::io, ErrorCode::invalid_options})
    EXPECT_EQ(readiness_after(Error(code, "")), Readiness::unserved) << "a secret's file";
}

TEST(Readiness, TheReasonSaysWhatToLookAt) {
  EXPECT_EQ(reason_of(answered(ErrorCode::unauthorized, 401)),
            "the service refuses the credentials: it says no (status 401)");
  EXPECT_THAT(reason_of(answered(ErrorCode::forbidden, 403)), StartsWith("the service does not"));
  EXPECT_THAT(reason_of(answered(ErrorCode::not_found, 404)), StartsWith("there is no such URL"));
  Error const group(ErrorCode::not_found, "there is no runner group \"x\"");
  EXPECT_EQ(reason_of(group), group.to_string());
  EXPECT_THAT(reason_of(answered(ErrorCode::session_conflict, 409)),
              StartsWith("the scale set has"));
  Error const other(ErrorCode::network, "no route");
  EXPECT_EQ(reason_of(other), other.to_string());
}

}  // namespace
}  // namespace scaleset::daemon
