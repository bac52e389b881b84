#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "cli/control_command.hpp"
#include "cli/live_picture.hpp"
#include "cli/status_text.hpp"
#include "cli/stop_descriptor.hpp"
#include "cli/stop_on_signal.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;
using daemon::ControlRequest;
using daemon::ControlVerb;

constexpr int kBetweenPictures = 2000;  // milliseconds

struct StatusArguments : ControlArguments {
  bool as_json = false;
  bool once = false;
};

Result<json::value> status(StatusArguments const& arguments) {
  return ask_autoscaler(arguments.socket, ControlRequest(ControlVerb::status, arguments.set));
}

/// Draws it again and again, until SIGINT or SIGTERM. What fails is shown as well: the autoscaler
/// may be about to start again.
int show_live(StatusArguments const& arguments) {
  StopOnSignal const signals;
  StopDescriptor const stopped(signals.token());
  for (;;) {
    auto const now = status(arguments);
    std::string const text = now ? status_text(*now) : now.error().message + "\n";
    auto const drawn = print_line(live_picture(text, screen_size(STDOUT_FILENO)), stopped.get());
    if (!drawn) return signals.token().stop_requested() ? kExitSuccess : kExitFailure;
    pollfd watched{stopped.get(), POLLIN, 0};
    if (::poll(&watched, 1, kBetweenPictures) > 0) return kExitSuccess;
  }
}

int show_status(StatusArguments const& arguments) {
  bool const for_a_person = ::isatty(STDOUT_FILENO) == 1 && !arguments.as_json;
  if (for_a_person && !arguments.once) return show_live(arguments);
  auto const now = status(arguments);
  if (!now) return report("status", now.error());
  std::string text = json::serialize(*now);
  if (arguments.once && !arguments.as_json) {
    text = status_text(*now);
    text.pop_back();  // print_line() adds one
  }
  auto const printed = print_line(text);
  return printed ? kExitSuccess : report("status", printed.error());
}

void add_status_command(CLI::App& app, Action& action) {
  auto const arguments = std::make_shared<StatusArguments>();
  auto* const command = app.add_subcommand(
      "status",
      "Show what the running autoscaler does: each scale set with its jobs, runners and problems. "
      "On a terminal it is drawn again every 2 s; elsewhere it is one line of JSON");
  add_set_name(*command, *arguments, false);
  add_socket_flag(*command, arguments->socket);
  command->add_flag("--json", arguments->as_json, "One line of JSON, on a terminal as well");
  command->add_flag("--once", arguments->once, "As on a terminal, but only once");
  command->footer(std::string("Example:\n  scaleset status my-set\n") + kExitCodeHelp);
  when_chosen(*command, action,
              {"status", nullptr, [arguments] { return show_status(*arguments); }});
}

}  // namespace

void add_control_commands(CLI::App& app, Action& action) {
  add_status_command(app, action);
  add_control(app, action, std::make_shared<ControlArguments>(),
              {"reload",
               "Have the running autoscaler read its configuration, secrets and certificates "
               "again, as SIGHUP does",
               "--socket /run/scaleset/scaleset.sock"},
              ControlVerb::reload);
  add_control_of_set(
      app, action,
      {"drain",
       "Take no job any more, remove idle runners and wait for busy ones: of one scale set, which "
       "lasts until it is resumed, also through restarts; or of all, and then the autoscaler ends, "
       "as SIGINT does",
       "my-set"},
      ControlVerb::drain, false);
  add_control_of_set(
      app, action,
      {"pause",
       "Take no job and start no runner of a scale set until it is resumed, also through restarts. "
       "Jobs that run go on, and idle runners stay",
       "my-set"},
      ControlVerb::pause, true);
  add_control_of_set(app, action,
                     {"resume", "Undo `scaleset pause` and `scaleset drain NAME`", "my-set"},
                     ControlVerb::resume, true);
}

}  // namespace scaleset::cli
