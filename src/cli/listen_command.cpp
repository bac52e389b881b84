#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <memory>

#include "base/host_name.hpp"
#include "cli/json_output.hpp"
#include "cli/number_flag.hpp"
#include "cli/primitive.hpp"
#include "cli/program_log.hpp"
#include "cli/shell_command.hpp"
#include "cli/stop_descriptor.hpp"
#include "cli/stop_on_signal.hpp"
#include "scaleset/listener.hpp"

namespace scaleset::cli {
namespace {

struct ListenArguments : PrimitiveArguments {
  NameOrId set;
  NameOrId group{.name = "default"};
  std::string owner;
  std::string exec;
  int max_runners = 10;
};

/// Fewer failures than it takes the Listener to quarantine a message. A quarantined message is
/// acknowledged, but we acknowledge only messages whose events have been passed on.
constexpr int kMostFailures = 3;

/// Passes each event on as one line of JSON. If that fails, the whole message fails and is
/// delivered again.
class EventWriter final : public Scaler {
 public:
  EventWriter(std::string exec, std::stop_source stop)
      : exec_(std::move(exec)), stop_(std::move(stop)), stopped_(stop_.get_token()) {}

  Result<void> on_message(Message const& message) override {
    auto written = forward(message);
    if (written) {
      failures_ = 0;
    } else if (written.error().code == ErrorCode::cancelled) {
      // A stop is what the user asked for. The message waits for the next listener.
    } else if (exec_.empty() || ++failures_ == kMostFailures) {
      // Nobody takes the events any more. Messages that are not acknowledged wait for the next
      // listener.
      problem_ = written.error();
      stop_.request_stop();
    }
    return written;
  }
  Result<std::int64_t> on_desired_runner_count(std::int64_t assigned_jobs) override {
    return assigned_jobs;
  }
  /// The error that ended the listening, if one did.
  [[nodiscard]] std::optional<Error> const& problem() const { return problem_; }

 private:
  Result<void> forward(Message const& message) {
    if (message.statistics) {
      auto written = forward(statistics_event(*message.statistics, message.id));
      if (!written) return written;
    }
    for (JobMessage const& job : message.jobs) {
      auto written = forward(to_json(job, message.id));
      if (!written) return written;
    }
    return {};
  }
  Result<void> forward(boost::json::value const& event) {
    auto const line = boost::json::serialize(event);
    if (exec_.empty()) return print_line(line, stopped_.get());
    return feed_shell_command(exec_, line + "\n", stop_.get_token());
  }

  std::string exec_;
  std::stop_source stop_;
  StopDescriptor stopped_;
  int failures_ = 0;  // of the current message
  std::optional<Error> problem_;
};

Result<void> listen(ListenArguments const& arguments, Client const& client) {
  StopOnSignal const signals;
  std::stop_source stop;
  std::stop_callback const forward(signals.token(), [&stop] { stop.request_stop(); });
  auto const options = call_options(arguments);
  auto found = resolve_scale_set(client, arguments.set, arguments.group, options);
  if (!found) return std::unexpected(found.error());
  Listener::Options listening;
  listening.scale_set = *std::move(found);
  listening.owner = arguments.owner.empty() ? base::host_name() : arguments.owner;
  listening.max_runners = arguments.max_runners;
  listening.hooks.log = make_program_log(LogLevel::warn, base::LogFormat::text);
  Listener listener(client, std::move(listening));
  EventWriter writer(arguments.exec, stop);
  auto ended = listener.run(writer, stop.get_token());
  if (writer.problem()) return std::unexpected(*writer.problem());
  return ended;
}

int run(ListenArguments const& arguments) {
  auto const client = connect("listen", arguments);
  if (!client) return report("listen", client.error());
  auto const ended = listen(arguments, *client);
  return ended ? kExitSuccess : report("listen", ended.error());
}

}  // namespace

void add_listen_command(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<ListenArguments>();
  auto* command = add_primitive(
      app, *arguments,
      {"listen",
       "Print every event of a scale set as a line of JSON, until SIGINT or SIGTERM; a message is "
       "acknowledged when all its events are written. The service assigns jobs to the scale set "
       "while this listens: without somebody who starts runners for them they wait. If another "
       "listener has the scale set's session, this waits until it ends",
       "--set my-set --max-runners 10 --url https://github.com/my-org --token-file token.txt"});
  add_one(*command, "--set", "scale set", arguments->set, arguments->after);
  add_group(*command, "--runner-group", "Runner group that has the scale set [default]",
            arguments->group, arguments->after);
  add_number(*command, "--max-runners", kRunnerCount, arguments->max_runners,
             "The most runners you can have, including busy ones; the service assigns no more jobs "
             "than that [10]");
  command->add_option(
      "--owner", arguments->owner,
      "Name that the service shows to others who try to listen to the same scale set [this host's "
      "name]");
  command
      ->add_option("--exec", arguments->exec,
                   "Shell command to run for each event, with the event's line on its standard "
                   "input, instead of printing it.\n A message is acknowledged when the command "
                   "has ended with exit code 0 for all its events. Otherwise the\n message comes "
                   "again; after the third failure listening ends with exit code 1")
      ->type_name("CMD");
  when_chosen(*command, action,
              {"listen", [arguments] { return check(*arguments); },
               [arguments] { return run(*arguments); }});
}

}  // namespace scaleset::cli
