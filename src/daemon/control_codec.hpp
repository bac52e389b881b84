#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

/// What is said over the control socket (ADR 53): one line of JSON each way.
namespace scaleset::daemon {

enum class ControlVerb : std::uint8_t {
  status,
  reload,
  drain,
  pause,
  resume,
  add_runner,
  retire_runner,
  reset_session,
  delete_set,
};
/// The verb's name in a request ("add_runner"). It never changes.
[[nodiscard]] std::string_view to_string(ControlVerb verb) noexcept;

/// {"command":"pause","set":"my-set"}
struct ControlRequest {
  ControlRequest() = default;
  explicit ControlRequest(ControlVerb what, std::string which_set = {},
                          std::string which_runner = {})
      : verb(what), set(std::move(which_set)), runner(std::move(which_runner)) {}
  ControlVerb verb = ControlVerb::status;
  std::string set;     // by name or address, see House::find(); empty: all, where that is possible
  std::string runner;  // by name
  friend bool operator==(ControlRequest const&, ControlRequest const&) = default;
};

/// With the line feed at its end.
[[nodiscard]] std::string line_of(ControlRequest const& request);
/// `line` is without its line feed. Errors: invalid_argument, with one line that says what is
/// wrong with it.
[[nodiscard]] Result<ControlRequest> parse_control_request(std::string_view line);

/// {"result":...} or {"error":{"code":"conflict","message":"..."}}, with the line feed at its end.
/// The result is JSON.
[[nodiscard]] std::string answer_line(Result<std::string> const& result);
/// The result as JSON, or the error that the autoscaler answered with. Errors: also
/// malformed_response, if the line is no answer.
[[nodiscard]] Result<std::string> parse_control_answer(std::string_view line);

}  // namespace scaleset::daemon
