#include <algorithm>
#include <memory>
#include <utility>

#include "daemon/set_runner.hpp"

/// What happens to the runners of a scale set, as events for its fleet.
namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

/// So many polls without a message make the last statistics old: about five minutes.
constexpr int kEmptyPolls = 6;
/// If start after start fails, all instances are looked at so often.
constexpr std::chrono::seconds kBetweenLooks{1};

fleet::ExitCause cause_of(backends::InstanceEvent const& event) {
  switch (event.cause) {
    case backends::ExitCause::removed: return fleet::ExitCause::removed;
    case backends::ExitCause::version_refused: return fleet::ExitCause::version_refused;
    default: return fleet::ExitCause::other;
  }
}

}  // namespace

void SetRunner::feed(fleet::Event const& event) {
  if (ended_) return;
  auto actions = fleet_.handle(event, ports_.hooks.clock->now().steady);
  for (auto& action : actions) {
    if (auto const* notice = std::get_if<fleet::Notice>(&action)) {
      log_notice(*notice);
    } else {
      round_->actions.push_back(std::move(action));
    }
  }
  tell_capacity();
  wake_rounds();
  set_alarm();
  if (ports_.on_change) ports_.on_change();
}

// From the service.

Task<void> SetRunner::apply(Message message) {
  fleet::MessageReported report;
  report.statistics = message.statistics;
  // A message that could not be applied comes again, and what it says is no news then.
  bool const is_new = logged_message_ != message.id;
  logged_message_ = message.id;
  for (auto& job : message.jobs) {
    if (is_new) log_job(job);
    if (auto* started = std::get_if<JobStarted>(&job))
      report.started.push_back(std::move(*started));
    else if (auto* completed = std::get_if<JobCompleted>(&job))
      report.completed.push_back(std::move(*completed));
  }
  if (report.statistics) empty_polls_ = 0;
  feed(report);
  must_write_ = true;
  auto durable = co_await settled();
  co_return durable;
}

/// Only a journal that cannot be written makes apply() fail, and then the message is not the fault:
/// it is to come again.
Task<void> SetRunner::quarantine(Message /*message*/) {
  co_return fail(ErrorCode::io, "the journal cannot be written");
}

Task<void> SetRunner::keep_offers(std::vector<OpenOffer> offers) {
  record_.offers = offers;
  other_changes_.emplace_back(store::KeepOffers{record_.key, std::move(offers)});
  must_write_ = true;
  wake_rounds();
  auto durable = co_await settled();
  co_return durable;
}

/// Statistics come with messages only. One that was wrong or is out of date would count until the
/// next message, for which nothing may be left to happen (A10).
Task<void> SetRunner::idle() {
  bool const due = ++empty_polls_ >= kEmptyPolls || fleet_.doubts_statistics();
  if (!due) co_return Result<void>();
  auto found = co_await ports_.client->get_scale_set(record_.id);
  if (!found) co_return std::unexpected(found.error());
  if (!found->statistics) co_return Result<void>();
  empty_polls_ = 0;
  fleet::MessageReported report;
  report.statistics = found->statistics;
  // Also of jobs that were offered in a message that was lost, or that could not be read.
  if (listener_) listener_->statistics_seen(*found->statistics);
  feed(report);
  co_return Result<void>();
}

/// The listener asks between any two of its calls, however the last one has ended.
int SetRunner::capacity() {
  if (!telling_capacity_) take_share();
  return fleet_.capacity();
}

void SetRunner::tell_capacity() {
  if (!listener_ || std::exchange(telling_capacity_, true)) return;
  listener_->capacity_changed();
  telling_capacity_ = false;
}

void SetRunner::log_job(JobMessage const& job) const {
  if (auto const* assigned = std::get_if<JobAssigned>(&job)) {
    log_job("job assigned", assigned->job, "", "");
  } else if (auto const* started = std::get_if<JobStarted>(&job)) {
    log_job("job started", started->job, started->runner_name, "");
  } else if (auto const* completed = std::get_if<JobCompleted>(&job)) {
    log_job("job completed", completed->job, completed->runner_name, completed->result);
  } else if (auto const* unknown = std::get_if<UnknownJobMessage>(&job)) {
    log_.warn("a job message was not understood and is skipped",
              {{"type", unknown->type}, {"problem", unknown->problem}});
  }
}

/// Without the fields that the message does not have.
void SetRunner::log_job(std::string_view text, JobInfo const& job, std::string_view runner,
                        std::string_view result) const {
  if (!log_.enabled(LogLevel::info)) return;
  std::string const repository =
      job.repository.empty() ? std::string() : job.owner + "/" + job.repository;
  std::vector<LogField> fields;
  auto const add = [&fields](std::string_view key, std::string_view value) {
    if (!value.empty()) fields.push_back({key, value});
  };
  add("job", job.job_display_name);
  add("job_id", job.job_id);
  add("runner", runner);
  add("result", result);
  add("repository", repository);
  add("workflow", job.workflow_ref);
  if (job.workflow_run_id != 0) fields.push_back({"run", job.workflow_run_id});
  ports_.hooks.log->write(LogRecord{LogLevel::info, "daemon", text, fields});
}

// From the backend.

void SetRunner::on_instance_event(backends::InstanceEvent event) {
  using Kind = backends::InstanceEvent::Kind;
  std::string& name = event.runner_name;
  switch (event.kind) {
    case Kind::registered:
      note_version(event.version);
      return feed(fleet::InstanceRegistered{std::move(name), std::move(event.version)});
    case Kind::busy: return feed(fleet::InstanceBusy{std::move(name)});
    case Kind::idle: return feed(fleet::InstanceIdle{std::move(name)});
    case Kind::troubled:
      return feed(fleet::InstanceTroubled{std::move(name), std::move(event.reason)});
    case Kind::exited:
      return feed(fleet::InstanceExited{std::move(name), cause_of(event), event.exit_code,
                                        std::move(event.reason), std::move(event.version),
                                        event.said_goodbye});
  }
}

/// Events may be lost; what the backend lists is what there is. The book is looked at as often: its
/// files may be gone, and then nothing may be started or taken, also if nothing happens.
/// A minute, or less if a start has failed whose instance may run nevertheless.
asio::awaitable<void> SetRunner::look() {
  must_check_ = true;
  wake_rounds();
  auto const asked_at = ports_.hooks.clock->now().steady;
  auto instances = co_await backend_->list();
  if (tasks_.stop_requested()) co_return;
  if (instances) {
    listed(*instances, asked_at);
    if (std::exchange(looked_in_vain_, false))
      log_.info("the backend tells again which runners there are");
  } else if (!std::exchange(looked_in_vain_, true)) {
    std::string const text = instances.error().to_string();
    log_.warn("the backend does not tell which runners there are; asking again each minute",
              {{"error", text}});
  }
  report_room();
  looking_ = false;
  begin_to_look();
}

void SetRunner::listed(std::vector<backends::Instance> const& instances,
                       fleet::TimePoint asked_at) {
  auto const is_served = [this](base::OwnerKey const& owner) {
    return ports_.is_served && ports_.is_served(owner);
  };
  for (auto const& instance : instances) {
    bool const is_news = instance.owner != owner_ && !instance.owner.url.empty() &&
                         !is_served(instance.owner) &&
                         reported_foreign_.insert(instance.runner_name).second;
    if (!is_news) continue;
    log_.warn("an instance of another scale set is here; it is left alone",
              {{"runner", instance.runner_name},
               {backend_->reference_name(), instance.reference},
               {"url", instance.owner.url},
               {"group", instance.owner.group},
               {"name", instance.owner.name}});
  }
  feed(listing_of(instances, owner_, asked_at));
}

void SetRunner::report_room() {
  auto const room = backend_->free_slots();
  if (!room && !room_known_) return;
  room_known_ = room.has_value();
  feed(fleet::RoomReported{room});
}

// The time.

/// Sooner, if look_soon() has been called.
void SetRunner::begin_to_look() {
  look_at_ = std::min(look_at_, ports_.hooks.clock->now().steady + settings_.list_interval);
  set_alarm();
}

void SetRunner::look_soon() {
  look_at_ = std::min(look_at_, ports_.hooks.clock->now().steady + kBetweenLooks);
  set_alarm();
}

void SetRunner::set_alarm() {
  if (!rounds_begun_ || ended_) return;
  auto due = fleet_.next_deadline().value_or(fleet::TimePoint::max());
  if (!looking_) due = std::min(due, look_at_);
  if (alarm_at_ == due) return;
  alarm_at_ = due;
  alarm_.expires_at(due);
  // The callback may be queued already when the scale set has ended.
  alarm_.on_expiry([weak = std::weak_ptr(self_)] {
    auto const self = weak.lock();
    if (self && !(*self)->ended_) (*self)->tasks_.spawn((*self)->alarmed());
  });
}

asio::awaitable<void> SetRunner::alarmed() {
  alarm_at_.reset();
  auto const is_due = [this](fleet::TimePoint time) {
    return time <= ports_.hooks.clock->now().steady;
  };
  auto due = fleet_.next_deadline();
  while (!tasks_.stop_requested() && due && is_due(*due)) {
    feed(fleet::Tick{});
    due = fleet_.next_deadline();
  }
  if (!looking_ && is_due(look_at_)) {
    looking_ = true;
    look_at_ = fleet::TimePoint::max();
    tasks_.spawn(look());
  }
  set_alarm();
  co_return;
}

}  // namespace scaleset::daemon
