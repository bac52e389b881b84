#include <algorithm>

#include "simulator/model/deadlines.hpp"
#include "simulator/model/model.hpp"
#include "simulator/model/operation_log.hpp"

/// The message log of a scale set (protocol.md 10.4).
namespace scaleset::simulator {

void Model::append(ScaleSet& set, EntryKind kind, Job const& job) {
  Queue& queue = set.queue;
  // The first entry opens the window in which further ones join its message (protocol.md 10.3).
  if (queue.pending.empty()) queue.pending_since = world_.now;
  // A copy of the facts as they are now: the job changes on, a message must not.
  Entry entry;
  entry.kind = kind;
  entry.job = job.facts;
  entry.runner = job.runner;
  entry.runner_name = job.runner_name;
  entry.result = job.result;
  queue.pending.push_back(std::move(entry));
  if (queue.pending.size() >= options_.max_batch) seal(set);
}

void Model::seal_due(ScaleSet& set) {
  std::optional<Timestamp> const due = batch_deadline(options_, set.queue);
  if (due && *due <= world_.now) seal(set);
}

void Model::seal(ScaleSet& set) {
  Queue& queue = set.queue;
  // A message with only JobStarted entries waits for the next poll, as on the real service
  // (protocol.md 10.4, A9).
  bool const wakes =
      options_.wake_on_job_started || std::ranges::any_of(queue.pending, [](Entry const& entry) {
        return entry.kind != EntryKind::job_started;
      });
  Message message;
  message.id = queue.next_id;
  message.entries = std::exchange(queue.pending, {});
  ++queue.next_id.value;
  queue.log.push_back(std::move(message));
  if (wakes) wake(set);
}

Outcome<PollTicket> Model::begin_poll(Timestamp now, std::string_view tenant, ScaleSetId id,
                                      std::string_view session, std::int64_t capacity) {
  record("begin_poll", seen(now), tenant, id, session, capacity);
  enter(now);
  Session* const live = live_session(tenant, id, session);
  if (live == nullptr) {
    return refuse(RefusalKind::poll_unauthorized, "The session of this token has ended.");
  }
  ScaleSet& set = *find_set(tenant, id);
  // A count, since nothing public says what the service does with a second poll; both are served.
  ++live->polls;
  live->last_activity = world_.now;
  set.last_seen = world_.now;
  set.polled_at = world_.now;
  // It stays in force until the next poll says otherwise (protocol.md 10.3).
  set.advertised_capacity = capacity;
  assign_jobs(tenant_of(tenant));
  changed_world();
  return PollTicket{std::string(tenant), id.value, std::string(session), set.channel, set.version};
}

void Model::end_poll(Timestamp now, PollTicket const& ticket) {
  record("end_poll", seen(now), ticket);
  enter(now);
  Session* const live = live_session(ticket.tenant, ScaleSetId{ticket.id}, ticket.session);
  // The session ended while the poll was held.
  if (live == nullptr) return;
  live->polls = std::max(0, live->polls - 1);  // it is 0 already if the world was replaced
  live->last_activity = world_.now;
  find_set(ticket.tenant, ScaleSetId{ticket.id})->last_seen = world_.now;
  changed_world();
}

Outcome<std::optional<Delivery>> Model::peek(PollTicket const& ticket, MessageId cursor) {
  ScaleSetId const id{ticket.id};
  if (live_session(ticket.tenant, id, ticket.session) == nullptr) {
    return refuse(RefusalKind::poll_unauthorized, "The session of this token has ended.");
  }
  Queue const& queue = find_set(ticket.tenant, id)->queue;
  // The cursor only filters. A message stays until it is deleted, and a smaller cursor gets it
  // again (protocol.md 10.4).
  auto const message = std::ranges::find_if(
      queue.log, [&](Message const& candidate) { return candidate.id > cursor; });
  if (message == queue.log.end()) return std::nullopt;
  // Only where it counts something: a poll that finds nothing looks often, and changes nothing.
  record("peek", ticket, cursor);
  ++world_.counters.messages_delivered;
  changed_world();
  Delivery delivery;
  delivery.message = *message;
  // Of this moment, not of the message's: a repeated message comes with new ones (protocol.md
  // 10.4).
  delivery.statistics = statistics(ticket.tenant, id);
  return delivery;
}

bool Model::changed(PollTicket& ticket) const {
  Tenant const* tenant = find_tenant(ticket.tenant);
  if (tenant == nullptr) return true;
  auto const set = tenant->scale_sets.find(ScaleSetId{ticket.id});
  if (set == tenant->scale_sets.end()) return true;
  return std::exchange(ticket.version, set->second.version) != set->second.version;
}

Outcome<void> Model::delete_message(Timestamp now, std::string_view tenant, ScaleSetId id,
                                    std::string_view session, MessageId message) {
  record("delete_message", seen(now), tenant, id, session, message);
  enter(now);
  Session* const live = live_session(tenant, id, session);
  if (live == nullptr) {
    return refuse(RefusalKind::poll_unauthorized, "The session of this token has ended.");
  }
  live->last_activity = world_.now;
  changed_world();
  std::size_t const erased =
      std::erase_if(find_set(tenant, id)->queue.log,
                    [&](Message const& candidate) { return candidate.id == message; });
  // What the real service answers is not known, hence the option (protocol.md 6.2).
  if (erased == 0 && options_.unknown_message_is_an_error) {
    return refuse(RefusalKind::message_unknown,
                  "No message found with identifier " + std::to_string(message.value) + ".");
  }
  world_.counters.messages_acknowledged += static_cast<std::int64_t>(erased);
  return {};
}

}  // namespace scaleset::simulator
