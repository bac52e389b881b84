#include "cli/primitive.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/files.hpp"

namespace scaleset::cli {
namespace {

int code_of(ErrorCode code) { return exit_code(Error(code, "text")); }

TEST(Primitive, ExitCodesTellAScriptWhatItCanDo) {
  struct Row {
    int exit_code;
    std::vector<ErrorCode> codes;
  };
  for (auto const& [expected, codes] : {
           Row{kExitUsage,
               {ErrorCode::invalid_argument, ErrorCode::invalid_config_url,
                ErrorCode::invalid_private_key, ErrorCode::invalid_options,
                ErrorCode::ambiguous_result}},
           Row{kExitNotFound,
               {ErrorCode::not_found, ErrorCode::runner_not_found, ErrorCode::scale_set_not_found}},
           Row{kExitConflict,
               {ErrorCode::conflict, ErrorCode::runner_exists, ErrorCode::scale_set_exists,
                ErrorCode::job_still_running, ErrorCode::session_conflict}},
           Row{kExitRefused, {ErrorCode::unauthorized, ErrorCode::forbidden}},
           Row{kExitNoAnswer,
               {ErrorCode::network, ErrorCode::timeout, ErrorCode::rate_limited,
                ErrorCode::server_error, ErrorCode::malformed_response}},
           Row{kExitFailure,
               {ErrorCode::io, ErrorCode::tls_verification, ErrorCode::proxy_authentication,
                ErrorCode::bad_request, ErrorCode::session_lost, ErrorCode::backend,
                ErrorCode::cancelled}},
       }) {
    for (ErrorCode const code : codes) EXPECT_EQ(code_of(code), expected) << to_string(code);
  }
}

TEST(Primitive, AnUnexpectedStatusMayBeTransient) {
  auto const code_of_status = [](int status) {
    Error error(ErrorCode::unexpected_status, "text");
    error.http_status = status;
    return exit_code(error);
  };
  EXPECT_EQ(code_of_status(408), kExitNoAnswer);
  EXPECT_EQ(code_of_status(503), kExitNoAnswer);
  EXPECT_EQ(code_of_status(501), kExitFailure);
  EXPECT_EQ(code_of_status(302), kExitFailure);
}

/// The help that every command shows, and README.md, have all of them.
TEST(Primitive, EveryExitCodeIsInTheHelpAndTheReadme) {
  std::string const help = kExitCodeHelp;
  auto const readme = base::read_file(std::string(SCALESET_SOURCE_DIR) + "/README.md").value();
  auto const page = base::read_file(std::string(SCALESET_SOURCE_DIR) + "/docs/service.md").value();
  for (int code = kExitSuccess; code <= kExitNoAnswer; ++code) {
    std::string const text = std::to_string(code);
    EXPECT_TRUE(help.find(text + " ") != std::string::npos) << code;
    EXPECT_TRUE(readme.find("\n| " + text + " | ") != std::string::npos) << code;
    EXPECT_TRUE(page.find("\n| " + text + " | ") != std::string::npos) << code;
  }
}

}  // namespace
}  // namespace scaleset::cli
