#include "cli/control_command.hpp"

#include <poll.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "base/ascii.hpp"
#include "cli/complain.hpp"
#include "cli/control_client.hpp"
#include "cli/json_members.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;
using daemon::ControlRequest;
using daemon::ControlVerb;

constexpr std::chrono::milliseconds kBetweenLooks{1000};
constexpr std::chrono::seconds kForAGlance{3};

/// What a reload warns of, as `config check` does.
void tell_warnings(std::string const& command, json::value const& answer) {
  for (json::value const& warning : list_of(answer, "warnings"))
    if (warning.is_string())
      complain(command, warning.get_string(), base::LogFormat::text, LogLevel::warn);
}

int perform_control(std::string const& command, ControlArguments const& arguments,
                    ControlVerb verb) {
  auto const answer =
      ask_autoscaler(arguments.socket, ControlRequest(verb, arguments.set, arguments.runner));
  if (!answer) return report(command, answer.error());
  tell_warnings(command, *answer);
  auto const printed = print_line(json::serialize(*answer));
  return printed ? kExitSuccess : report(command, printed.error());
}

/// How many runners of the scale set there still are.
Result<std::size_t> runners_left(json::value const& status) {
  auto const odd = fail(ErrorCode::malformed_response, "the autoscaler's status has no runners");
  auto const& sets = list_of(status, "sets");
  if (sets.size() != 1) return odd;
  json::value const& runners = member_of(sets.front(), "runners");
  if (!runners.is_array()) return odd;
  return runners.get_array().size();
}

std::string text_in_only_set(json::value const& status, std::string_view name) {
  auto const& sets = list_of(status, "sets");
  return sets.size() == 1 ? text_of(sets.front(), name) : std::string();
}

/// Null: it is not served.
json::value const* served_in(json::value const& status, std::string const& url, ScaleSetId set) {
  for (json::value const& served : list_of(status, "sets"))
    if (number_of(served, "id") == set.value && text_of(served, "url") == url) return &served;
  return nullptr;
}

}  // namespace

void add_socket_flag(CLI::App& command, std::string& socket) {
  command
      .add_option("--socket", socket,
                  "Socket of the autoscaler that is meant [the only one that is found]")
      ->type_name("FILE");
}

Result<json::value> ask_autoscaler(std::string const& socket, ControlRequest const& request) {
  std::filesystem::path path = socket;
  if (socket.empty()) {
    bool const only_looks = request.verb == ControlVerb::status;
    auto found = find_socket(socket_folders(::getenv), only_looks);
    if (!found) return std::unexpected(found.error());
    path = *std::move(found);
  }
  return ask(path, request, kLongestControl);
}

CLI::App* add_control(CLI::App& parent, Action& action,
                      std::shared_ptr<ControlArguments> const& arguments, PrimitiveText const& text,
                      ControlVerb verb) {
  auto* command =
      parent.add_subcommand(text.path.substr(text.path.rfind(' ') + 1), text.description);
  add_socket_flag(*command, arguments->socket);
  command->footer("Example:\n  scaleset " + text.path + " " + text.example + "\n" + kExitCodeHelp);
  when_chosen(*command, action, {text.path, nullptr, [arguments, path = text.path, verb] {
                                   return perform_control(path, *arguments, verb);
                                 }});
  return command;
}

void add_control_of_set(CLI::App& parent, Action& action, PrimitiveText const& text,
                        ControlVerb verb, bool required) {
  auto const arguments = std::make_shared<ControlArguments>();
  add_set_name(*add_control(parent, action, arguments, text, verb), *arguments, required);
}

void add_set_name(CLI::App& command, ControlArguments& arguments, bool required) {
  auto* const name = command.add_option(
      "NAME", arguments.set,
      "Name of the scale set; if two have the same: its URL, runner group and name, such as "
      "https://github.com/my-org/default/my-set");
  if (required) name->required();
}

Result<json::value> delete_when_drained(std::string const& socket, std::string const& set) {
  auto drained = ask_autoscaler(socket, ControlRequest(ControlVerb::drain, set));
  if (!drained) return drained;
  for (;;) {
    auto const status = ask_autoscaler(socket, ControlRequest(ControlVerb::status, set));
    if (!status) return status;
    auto const left = runners_left(*status);
    if (!left) return std::unexpected(left.error());
    if (*left == 0) break;
    ::poll(nullptr, 0, static_cast<int>(kBetweenLooks.count()));
  }
  auto deleted = ask_autoscaler(socket, ControlRequest(ControlVerb::delete_set, set));
  if (!deleted) return deleted;
  if (auto* const object = deleted->if_object()) (*object)["deleted"] = true;
  return deleted;
}

Result<void> check_meant(std::string const& socket, std::string const& set, std::string const& url,
                         std::string const& group) {
  if (url.empty() && group.empty()) return {};
  auto const status = ask_autoscaler(socket, ControlRequest(ControlVerb::status, set));
  if (!status) return std::unexpected(status.error());
  std::string const address = text_in_only_set(*status, "address");
  bool const is_url = url.empty() || text_in_only_set(*status, "url") == url;
  bool const is_group = group.empty() || address.contains("/" + base::ascii_lower(group) + "/");
  if (is_url && is_group) return {};
  return fail(ErrorCode::invalid_argument,
              "the autoscaler's scale set of that name is " + address +
                  ", and --url or --runner-group say another one; leave them out, or choose the "
                  "autoscaler with --socket");
}

Result<void> check_unserved(std::string const& socket, std::string const& url, ScaleSetId set) {
  std::vector<std::filesystem::path> sockets{socket};
  if (socket.empty()) sockets = sockets_in(socket_folders(::getenv));
  for (auto const& path : sockets) {
    auto const status = ask(path, ControlRequest(ControlVerb::status), kForAGlance);
    auto const* const served = status ? served_in(*status, url, set) : nullptr;
    if (served == nullptr) continue;
    if (text_of(*served, "state") == "draining")
      return fail(ErrorCode::conflict,
                  "an autoscaler of this machine drains this scale set, which its configuration "
                  "does not have any more; try again when `scaleset status` does not show it");
    return fail(ErrorCode::conflict,
                "an autoscaler of this machine serves this scale set; use `scaleset set delete "
                "NAME --wait --socket " +
                    path.string() + "`, which waits for its jobs, or stop the autoscaler first");
  }
  return {};
}

void add_runner_control(CLI::App& runner, Action& action) {
  auto const adding = std::make_shared<ControlArguments>();
  auto* const add = add_control(
      runner, action, adding,
      {"runner add",
       "Have the running autoscaler start one runner more than jobs need; it says which. The "
       "maximum is obeyed, and a runner that gets no job is removed when it has been idle for 30 "
       "minutes",
       "--set my-set"},
      ControlVerb::add_runner);
  add->add_option("--set", adding->set, "Name of the scale set, or its URL, group and name")
      ->type_name("NAME")
      ->required();
  auto const retiring = std::make_shared<ControlArguments>();
  auto* const retire = add_control(
      runner, action, retiring,
      {"runner retire",
       "Have the running autoscaler remove a runner that has no job. The service is asked first, "
       "and if the runner has a job it stays",
       "my-set-0a1b2c3d"},
      ControlVerb::retire_runner);
  retire->add_option("NAME", retiring->runner, "Name of the runner")->required();
}

void add_set_control(CLI::App& set, Action& action) {
  add_control_of_set(
      set, action,
      {"set reset-session",
       "Have the running autoscaler close the scale set's session and open another one, whose "
       "statistics are new. No runner and no job is touched",
       "my-set"},
      ControlVerb::reset_session, true);
}

}  // namespace scaleset::cli
