#include "simulator/model/option_table.hpp"

#include <array>
#include <boost/json/array.hpp>

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

using Options = ModelOptions;

constexpr auto kTimes = std::to_array<TimeOption>({
    {"hold-time", &Options::hold_time, "for which a poll is held if there is no message for it"},
    {"batch-window", &Options::batch_window,
     "for which events are collected before they are sent as one message"},
    {"acquire-to-assign", &Options::acquire_to_assign,
     "between the acquiring of a job and its assignment; acquire profile only"},
    {"assign-timeout", &Options::assign_timeout,
     "after which the assignment of a job that no runner has taken is withdrawn"},
    {"reassign-delay", &Options::reassign_delay,
     "between the withdrawal of a job's assignment and the next one"},
    {"lock-ttl", &Options::lock_ttl,
     "after which a running job fails if its runner gives no sign of life"},
    {"queue-ttl", &Options::queue_ttl, "after which a job that is still queued is cancelled"},
    {"cancel-timeout", &Options::cancel_timeout,
     "that a runner has to end a job that was cancelled"},
    {"session-ttl", &Options::session_ttl,
     "for which an abandoned session keeps others from opening one"},
    {"dormant-after", &Options::dormant_after,
     "after which a scale set is deleted if nobody listens to it"},
    {"never-online-ttl", &Options::never_online_ttl,
     "after which a runner that never came online is deleted"},
    {"runner-offline-after", &Options::runner_offline_after,
     "after its last contact until an idle runner counts as offline"},
    {"runner-redelivery", &Options::runner_redelivery,
     "after which a job request that no runner acquired is sent again"},
    {"runner-linger", &Options::runner_linger,
     "for which a runner's session is known after its job, if the runner does not end it"},
    {"registration-token-ttl", &Options::registration_token_ttl,
     "for which a registration token is valid"},
    {"admin-token-ttl", &Options::admin_token_ttl, "for which an admin token is valid"},
    {"queue-token-ttl", &Options::queue_token_ttl, "for which a message queue token is valid"},
});

constexpr auto kSwitches = std::to_array<SwitchOption>({
    {"wake-on-job-started", &Options::wake_on_job_started,
     "End a held poll for a JobStarted message, which the real service does not do"},
    {"unknown-message-is-an-error", &Options::unknown_message_is_an_error,
     "Answer 404 if a message that does not exist is deleted"},
    {"count-provisioned", &Options::count_provisioned,
     "Count runners that never came online as registered runners"},
});

}  // namespace

std::span<TimeOption const> time_options() noexcept { return kTimes; }
std::span<SwitchOption const> switch_options() noexcept { return kSwitches; }

json::object options_json(ModelOptions const& options) {
  json::object body;
  for (TimeOption const& option : kTimes)
    body[option.name] = static_cast<double>((options.*option.field).count()) / 1000;
  for (SwitchOption const& option : kSwitches) body[option.name] = options.*option.field;
  body["max-batch"] = options.max_batch;
  body["max-assignments"] = options.max_assignments;
  json::array groups;
  for (std::string const& group : options.extra_groups) groups.push_back(json::value(group));
  body["groups"] = std::move(groups);
  return body;
}

}  // namespace scaleset::simulator
