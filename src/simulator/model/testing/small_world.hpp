#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "simulator/model/model.hpp"
#include "simulator/model/world_json.hpp"

/// For tests of the model: one tenant, a hand-driven time, and short ways to say what happens.
namespace scaleset::simulator::testing {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class SmallWorld : public ::testing::Test {
 protected:
  explicit SmallWorld(ModelOptions options = {}) : model(std::move(options), World{}) {
    tenant = model.open_tenant("my-org");
  }

  void pass(milliseconds time) {
    now += time;
    model.advance(now);
  }
  /// Lets the batch window close.
  void close_batches() { pass(model.options().batch_window); }

  ScaleSetId add_set(std::string name, std::vector<std::string> labels = {}) {
    ScaleSetDraft draft;
    draft.name = std::move(name);
    if (!labels.empty()) draft.labels.emplace();
    for (std::string& label : labels) draft.labels->emplace_back(std::move(label));
    return model.create_scale_set(now, tenant, std::move(draft)).value();
  }
  std::string open_session(ScaleSetId set, std::string owner = "host") {
    return model.create_session(now, tenant, set, std::move(owner)).value();
  }
  /// A poll that is answered at once, whatever there is.
  void poll(ScaleSetId set, std::string const& session, std::int64_t capacity) {
    PollTicket const ticket = hold(set, session, capacity);
    model.end_poll(now, ticket);
  }
  PollTicket hold(ScaleSetId set, std::string const& session, std::int64_t capacity) {
    return model.begin_poll(now, tenant, set, session, capacity).value();
  }
  std::optional<Message> next_message(ScaleSetId set, std::string const& session,
                                      std::int64_t cursor = 0) {
    PollTicket ticket;
    ticket.tenant = tenant;
    ticket.id = set.value;
    ticket.session = session;
    std::optional<Delivery> const delivery = model.peek(ticket, MessageId{cursor}).value();
    if (!delivery) return std::nullopt;
    return delivery->message;
  }
  /// Of all undeleted messages, in order: "JobAssigned", "JobCompleted canceled", ...
  std::vector<std::string> log(ScaleSetId set) {
    std::vector<std::string> entries;
    for (Message const& message : set_of(set).queue.log) {
      for (Entry const& entry : message.entries) {
        std::string text(to_string(entry.kind));
        if (!entry.result.empty()) text += " " + entry.result;
        entries.push_back(std::move(text));
      }
    }
    return entries;
  }

  std::string queue_job(std::vector<std::string> labels = {"set"}) {
    JobOrder order;
    order.owner = "my-org";
    order.repository = "r";
    order.labels = std::move(labels);
    return model.queue_jobs(now, tenant, std::move(order)).front();
  }
  /// runs-on: {group, labels: set}
  std::string queue_job_for_group(std::string group) {
    JobOrder order;
    order.owner = "my-org";
    order.repository = "r";
    order.labels = {"set"};
    order.group = std::move(group);
    return model.queue_jobs(now, tenant, std::move(order)).front();
  }
  Job const& job(std::string_view id) const {
    for (auto const& [request, job] : tenant_now().jobs)
      if (job.facts.job_id == id) return job;
    for (Job const& job : tenant_now().finished)
      if (job.facts.job_id == id) return job;
    throw std::logic_error("no such job");
  }
  JobState state(std::string_view id) const { return job(id).state; }

  RunnerId register_runner(ScaleSetId set, std::string name) {
    return model.register_runner(now, tenant, set, std::move(name), "").value();
  }
  /// Registered, with a session "s<id>", and polling.
  RunnerId start_runner(ScaleSetId set, std::string name) {
    RunnerId const id = register_runner(set, std::move(name));
    EXPECT_TRUE(model.open_runner_session(now, tenant, id, session_of(id), ""));
    runner_poll(id);
    return id;
  }
  static std::string session_of(RunnerId id) { return "s" + std::to_string(id.value); }
  PollTicket runner_poll(RunnerId id) {
    return model.begin_runner_poll(now, tenant, id, session_of(id)).value();
  }
  std::optional<RunnerMessage> runner_message(RunnerId id) {
    PollTicket ticket;
    ticket.tenant = tenant;
    ticket.id = id.value;
    ticket.session = session_of(id);
    return model.take_runner_message(ticket).value();
  }
  /// Takes the job that was handed to the runner; its id.
  std::string run_job(RunnerId id) {
    RunnerMessage const message = runner_message(id).value();
    EXPECT_TRUE(model.acquire_job(now, tenant, id, message.job_id));
    return message.job_id;
  }

  Tenant const& tenant_now() const { return *model.find_tenant(tenant); }
  ScaleSet const& set_of(ScaleSetId id) const { return *model.scale_set(tenant, id).value(); }
  Statistics statistics(ScaleSetId id) const { return model.statistics(tenant, id); }
  bool woken(Channel channel) {
    std::vector<Channel> const channels = model.take_wakeups();
    return std::ranges::find(channels, channel) != channels.end();
  }
  void forget_wakeups() { static_cast<void>(model.take_wakeups()); }
  template <class T>
  static RefusalKind refusal(Outcome<T> const& outcome) {
    if (outcome) throw std::logic_error("not refused");
    return outcome.error().kind;
  }

  Timestamp now{hours(500000)};
  Model model;
  std::string tenant;
};

inline ModelOptions acquire_options() {
  ModelOptions options;
  options.profile = Profile::acquire;
  return options;
}

}  // namespace scaleset::simulator::testing
