#include "simulator/model/option_table.hpp"

#include <array>
#include <boost/json/array.hpp>

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

using Options = ModelOptions;

constexpr auto kTimes = std::to_array<TimeOption>({
    {"hold-time", &Options::hold_time, "a poll without news is held"},
    {"batch-window", &Options::batch_window, "news are gathered into one message"},
    {"acquire-to-assign", &Options::acquire_to_assign,
     "from acquiring a job to its assignment; acquire profile"},
    {"assign-timeout", &Options::assign_timeout, "a job may be assigned without a runner"},
    {"reassign-delay", &Options::reassign_delay, "from a withdrawn assignment to the next"},
    {"lock-ttl", &Options::lock_ttl, "a running job goes without a sign of life, then it fails"},
    {"queue-ttl", &Options::queue_ttl, "a job may be queued, then it is cancelled"},
    {"cancel-timeout", &Options::cancel_timeout, "a runner has to end a cancelled job"},
    {"session-ttl", &Options::session_ttl, "an abandoned session blocks the next"},
    {"dormant-after", &Options::dormant_after, "a scale set is kept without a visit"},
    {"never-online-ttl", &Options::never_online_ttl, "a runner is kept that never came online"},
    {"runner-offline-after", &Options::runner_offline_after,
     "an idle runner counts as online without contact"},
    {"runner-redelivery", &Options::runner_redelivery,
     "until a job request that no runner acquired comes again"},
    {"runner-linger", &Options::runner_linger,
     "a runner's session is known after its job, if the runner does not end it"},
    {"registration-token-ttl", &Options::registration_token_ttl, "a registration token is good"},
    {"admin-token-ttl", &Options::admin_token_ttl, "an admin token is good"},
    {"queue-token-ttl", &Options::queue_token_ttl, "a message queue token is good"},
});

constexpr auto kSwitches = std::to_array<SwitchOption>({
    {"wake-on-job-started", &Options::wake_on_job_started,
     "Let JobStarted end a held poll, which the real service does not"},
    {"unknown-message-is-an-error", &Options::unknown_message_is_an_error,
     "Answer 404 when a message is deleted that is not there"},
    {"count-provisioned", &Options::count_provisioned,
     "Count runners that never came online as registered"},
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
