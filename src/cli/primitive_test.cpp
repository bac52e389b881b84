#include "cli/primitive.hpp"

#include <gtest/gtest.h>

namespace scaleset::cli {
namespace {

int code_of(ErrorCode code) { return exit_code(Error(code, "text")); }

TEST(Primitive, ExitCodesTellAScriptWhatItCanDo) {
  EXPECT_EQ(code_of(ErrorCode::invalid_options), kExitUsage);
  EXPECT_EQ(code_of(ErrorCode::invalid_config_url), kExitUsage);
  EXPECT_EQ(code_of(ErrorCode::scale_set_not_found), kExitNotFound);
  EXPECT_EQ(code_of(ErrorCode::runner_not_found), kExitNotFound);
  EXPECT_EQ(code_of(ErrorCode::scale_set_exists), kExitConflict);
  EXPECT_EQ(code_of(ErrorCode::session_conflict), kExitConflict);
  EXPECT_EQ(code_of(ErrorCode::job_still_running), kExitConflict);
  EXPECT_EQ(code_of(ErrorCode::unauthorized), kExitRefused);
  EXPECT_EQ(code_of(ErrorCode::forbidden), kExitRefused);
  EXPECT_EQ(code_of(ErrorCode::network), kExitNoAnswer);
  EXPECT_EQ(code_of(ErrorCode::timeout), kExitNoAnswer);
  EXPECT_EQ(code_of(ErrorCode::rate_limited), kExitNoAnswer);
  EXPECT_EQ(code_of(ErrorCode::server_error), kExitNoAnswer);
  EXPECT_EQ(code_of(ErrorCode::io), kExitFailure);
  EXPECT_EQ(code_of(ErrorCode::tls_verification), kExitFailure);
}

}  // namespace
}  // namespace scaleset::cli
