#include "daemon/control_codec.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <utility>

#include "base/json_text.hpp"

namespace scaleset::daemon {
namespace {

namespace json = boost::json;

constexpr std::array kVerbs{
    ControlVerb::status,        ControlVerb::reload,        ControlVerb::drain,
    ControlVerb::pause,         ControlVerb::resume,        ControlVerb::add_runner,
    ControlVerb::retire_runner, ControlVerb::reset_session, ControlVerb::delete_set};
constexpr std::size_t kShown = 40;  // of a word that is not understood
constexpr int kLastCode = static_cast<int>(ErrorCode::io);

std::optional<ControlVerb> verb_of(std::string_view name) {
  for (ControlVerb const verb : kVerbs) {
    if (to_string(verb) == name) return verb;
  }
  return std::nullopt;
}

/// The codes have gaps, whose name is "unknown".
ErrorCode code_of(std::string_view name) {
  for (int number = 1; number <= kLastCode; ++number) {
    auto const code = static_cast<ErrorCode>(number);
    if (name != "unknown" && to_string(code) == name) return code;
  }
  return ErrorCode::malformed_response;
}

std::unexpected<Error> refuse(std::string text) {
  return fail(ErrorCode::invalid_argument, std::move(text));
}

/// Of what somebody has sent, for a message.
std::string shown(std::string_view text) { return base::json_quote(text.substr(0, kShown), false); }

bool needs_set(ControlVerb verb) {
  return verb != ControlVerb::status && verb != ControlVerb::reload && verb != ControlVerb::drain &&
         verb != ControlVerb::retire_runner;
}

Result<void> take_member(ControlRequest& request, std::string_view name, json::value const& value) {
  if (!value.is_string()) return refuse("the member " + shown(name) + " must be a text");
  std::string_view const text = value.get_string();
  if (name == "command") {
    auto const verb = verb_of(text);
    if (!verb)
      return refuse("this autoscaler does not know the command " + shown(text) +
                    "; the program that asks may be of another version");
    request.verb = *verb;
  } else if (name == "set") {
    request.set = text;
  } else if (name == "runner") {
    request.runner = text;
  } else {
    return refuse("a request has no member " + shown(name));
  }
  return {};
}

Result<void> check(ControlRequest const& request) {
  if (needs_set(request.verb) && request.set.empty())
    return refuse("the command " + std::string(to_string(request.verb)) + " needs a scale set");
  if (request.verb == ControlVerb::retire_runner && request.runner.empty())
    return refuse("the command retire_runner needs the name of a runner");
  return {};
}

std::string text_of(json::object const& object, std::string_view name) {
  auto const* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::string_view to_string(ControlVerb verb) noexcept {
  switch (verb) {
    case ControlVerb::status: return "status";
    case ControlVerb::reload: return "reload";
    case ControlVerb::drain: return "drain";
    case ControlVerb::pause: return "pause";
    case ControlVerb::resume: return "resume";
    case ControlVerb::add_runner: return "add_runner";
    case ControlVerb::retire_runner: return "retire_runner";
    case ControlVerb::reset_session: return "reset_session";
    case ControlVerb::delete_set: break;
  }
  return "delete_set";
}

std::string line_of(ControlRequest const& request) {
  json::object object;
  object["command"] = to_string(request.verb);
  if (!request.set.empty()) object["set"] = base::valid_utf8(request.set);
  if (!request.runner.empty()) object["runner"] = base::valid_utf8(request.runner);
  return json::serialize(object) + "\n";
}

Result<ControlRequest> parse_control_request(std::string_view line) {
  boost::system::error_code error;
  auto const value = json::parse(line, error);
  if (error || !value.is_object())
    return refuse("a request is one line with a JSON object, such as {\"command\":\"status\"}");
  if (!value.get_object().contains("command")) return refuse("the request names no command");
  ControlRequest request;
  for (auto const& [name, member] : value.get_object()) {
    if (auto taken = take_member(request, name, member); !taken)
      return std::unexpected(taken.error());
  }
  if (auto checked = check(request); !checked) return std::unexpected(checked.error());
  return request;
}

std::string answer_line(Result<std::string> const& result) {
  if (result) return "{\"result\":" + *result + "}\n";
  json::object const error{{"code", to_string(result.error().code)},
                           {"message", base::valid_utf8(result.error().to_string())}};
  json::object answer;
  answer["error"] = error;
  return json::serialize(answer) + "\n";
}

Result<std::string> parse_control_answer(std::string_view line) {
  boost::system::error_code unreadable;
  auto const value = json::parse(line, unreadable);
  auto const* const object = unreadable ? nullptr : value.if_object();
  if (object == nullptr)
    return fail(ErrorCode::malformed_response, "the autoscaler's answer is not a line of JSON");
  if (auto const* const result = object->if_contains("result")) return json::serialize(*result);
  auto const* const error = object->if_contains("error");
  if (error == nullptr || !error->is_object())
    return fail(ErrorCode::malformed_response,
                "the autoscaler's answer has neither a result nor an error");
  return fail(code_of(text_of(error->get_object(), "code")),
              text_of(error->get_object(), "message"));
}

}  // namespace scaleset::daemon
