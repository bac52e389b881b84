#include "scaleset/error.hpp"

#include <gtest/gtest.h>

namespace scaleset::inline v0 {
namespace {

TEST(Error, NamesTheStatusOnce) {
  Error error(ErrorCode::server_error, "the service answered 503 (service unavailable)");
  error.http_status = 503;
  EXPECT_EQ(error.to_string(), "the service answered 503 (service unavailable)");
}

TEST(Error, TextNamesOperationStatusAndRequestIds) {
  Error error(ErrorCode::scale_set_not_found, "no scale set 7");
  error.operation = "GetScaleSet";
  error.http_status = 404;
  ServiceReply reply;
  reply.activity_id = "0f0f";
  reply.github_request_id = "A:B";
  error.set_reply(std::move(reply));
  error.attempts = 3;
  EXPECT_EQ(error.to_string(),
            "GetScaleSet: no scale set 7 (status 404, activity id 0f0f, request id A:B, after "
            "attempts: 3)");
}

TEST(Error, ACopyKeepsItsReply) {
  ServiceReply reply;
  reply.response_body = "down";
  Error error(ErrorCode::server_error, "");
  error.set_reply(reply);
  Error const copy = error;
  error.set_reply(ServiceReply());
  EXPECT_EQ(copy.reply().response_body, "down");
  EXPECT_EQ(error.reply().response_body, "");
}

TEST(Error, TextWithoutDetailsIsTheMessage) {
  EXPECT_EQ(Error(ErrorCode::io, "cannot read x").to_string(), "cannot read x");
}

TEST(Error, TransientIsWhatMaySucceedLater) {
  for (auto const code : {ErrorCode::timeout, ErrorCode::network, ErrorCode::rate_limited,
                          ErrorCode::malformed_response, ErrorCode::server_error}) {
    EXPECT_TRUE(Error(code, "").transient()) << to_string(code);
  }
  for (auto const code :
       {ErrorCode::cancelled, ErrorCode::unauthorized, ErrorCode::tls_verification,
        ErrorCode::runner_exists, ErrorCode::invalid_argument, ErrorCode::session_conflict}) {
    EXPECT_FALSE(Error(code, "").transient()) << to_string(code);
  }
}

TEST(Error, UnexpectedStatusIsTransientByStatus) {
  Error error(ErrorCode::unexpected_status, "");
  error.http_status = 302;
  EXPECT_FALSE(error.transient());
  error.http_status = 408;
  EXPECT_TRUE(error.transient());
  error.http_status = 599;
  EXPECT_TRUE(error.transient());
  error.http_status = 501;
  EXPECT_FALSE(error.transient());
}

TEST(Error, FailMakesAResult) {
  Result<int> const result = fail(ErrorCode::backend, "no space");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::backend);
  EXPECT_EQ(result.error().message, "no space");
}

}  // namespace
}  // namespace scaleset::inline v0
