#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <concepts>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "simulator/model/model.hpp"
#include "simulator/model/option_table.hpp"
#include "simulator/model/text.hpp"

/// Writes the model's types as JSON and reads them back. Only world_json.cpp and the operation log
/// include this.
namespace scaleset::simulator::archive {

namespace json = boost::json;

// Each entity lists its fields once, in `fields`; a Writer turns them into an object and a Reader
// back. Readers throw std::exception, which world_from_json turns into an error.

template <class T, class Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

void fields(auto& archive, Is<JobFacts> auto& facts) {
  archive("jobId", facts.job_id);
  archive("requestId", facts.request);
  archive("workflowRunId", facts.workflow_run_id);
  archive("runAttempt", facts.run_attempt);
  archive("owner", facts.owner);
  archive("repository", facts.repository);
  archive("workflowRef", facts.workflow_ref);
  archive("displayName", facts.display_name);
  archive("eventName", facts.event_name);
  archive("labels", facts.labels);
  archive("queueTime", facts.queue_time);
  archive("assignTime", facts.assign_time);
  archive("runnerTime", facts.runner_time);
  archive("finishTime", facts.finish_time);
}

void fields(auto& archive, Is<JobPlan> auto& plan) {
  archive("durationMilliseconds", plan.duration);
  archive("result", plan.result);
  archive("script", plan.script);
}

void fields(auto& archive, Is<Job> auto& job) {
  archive("facts", job.facts);
  archive("plan", job.plan);
  archive("planId", job.plan_id);
  archive("public", job.is_public);
  archive("group", job.group);
  archive("state", job.state);
  archive("since", job.since);
  archive("attempts", job.attempts);
  archive("notBefore", job.not_before);
  archive("scaleSetId", job.scale_set);
  archive("offeredTo", job.offered_to);
  archive("runnerId", job.runner);
  archive("runnerName", job.runner_name);
  archive("lockUntil", job.lock_until);
  archive("cancelDeadline", job.cancel_deadline);
  archive("result", job.result);
}

void fields(auto& archive, Is<Entry> auto& entry) {
  archive("kind", entry.kind);
  archive("job", entry.job);
  archive("runnerId", entry.runner);
  archive("runnerName", entry.runner_name);
  archive("result", entry.result);
}

void fields(auto& archive, Is<Message> auto& message) {
  archive("id", message.id);
  archive("entries", message.entries);
}

void fields(auto& archive, Is<Queue> auto& queue) {
  archive("nextId", queue.next_id);
  archive("log", queue.log);
  archive("pending", queue.pending);
  archive("pendingSince", queue.pending_since);
}

void fields(auto& archive, Is<Session> auto& session) {
  archive("id", session.id);
  archive("owner", session.owner);
  archive("createdOn", session.created_on);
  archive("lastActivity", session.last_activity);
  archive("polls", session.polls);
}

void fields(auto& archive, Is<Label> auto& label) {
  archive("name", label.name);
  archive("type", label.type);
}

void fields(auto& archive, Is<ScaleSet> auto& set) {
  archive("id", set.id);
  archive("name", set.name);
  archive("groupId", set.group);
  archive("labels", set.labels);
  archive("disableUpdate", set.disable_update);
  archive("createdOn", set.created_on);
  archive("lastSeen", set.last_seen);
  archive("polledAt", set.polled_at);
  archive("advertisedCapacity", set.advertised_capacity);
  archive("session", set.session);
  archive("queue", set.queue);
  archive("channel", set.channel);
  archive("version", set.version);
}

void fields(auto& archive, Is<Group> auto& group) {
  archive("id", group.id);
  archive("name", group.name);
  archive("default", group.is_default);
  archive("allowsPublic", group.allows_public);
}

void fields(auto& archive, Is<JobOffer> auto& offer) {
  archive("requestId", offer.job);
  archive("messageId", offer.message_id);
  archive("deliveredAt", offer.delivered_at);
  archive("hasLapsed", offer.has_lapsed);
}

void fields(auto& archive, Is<Runner> auto& runner) {
  archive("id", runner.id);
  archive("name", runner.name);
  archive("scaleSetId", runner.scale_set);
  archive("groupId", runner.group);
  archive("labels", runner.labels);
  archive("workFolder", runner.work_folder);
  archive("clientId", runner.client_id);
  archive("online", runner.online);
  archive("everOnline", runner.ever_online);
  archive("sessionId", runner.session_id);
  archive("createdOn", runner.created_on);
  archive("idleSince", runner.idle_since);
  archive("lastContact", runner.last_contact);
  archive("polls", runner.polls);
  archive("offer", runner.offer);
  archive("job", runner.job);
  archive("cancellationDelivered", runner.cancellation_delivered);
  archive("programVersion", runner.program_version);
  archive("channel", runner.channel);
  archive("version", runner.version);
}

void fields(auto& archive, Is<LeavingRunner> auto& runner) {
  archive("id", runner.id);
  archive("sessionId", runner.session_id);
  archive("clientId", runner.client_id);
  archive("until", runner.until);
  archive("channel", runner.channel);
}

void fields(auto& archive, Is<Tenant> auto& tenant) {
  archive("path", tenant.path);
  archive("serviceId", tenant.service_id);
  archive("groups", tenant.groups);
  archive("nextScaleSetId", tenant.next_scale_set_id);
  archive("nextRunnerId", tenant.next_runner_id);
  archive("nextRequestId", tenant.next_request_id);
  archive("scaleSets", tenant.scale_sets);
  archive("runners", tenant.runners);
  archive("leaving", tenant.leaving);
  archive("jobs", tenant.jobs);
  archive("finished", tenant.finished);
}

void fields(auto& archive, Is<Counters> auto& counters) {
  archive("messagesAcknowledged", counters.messages_acknowledged);
  archive("messagesDelivered", counters.messages_delivered);
  archive("jitConfigs", counters.jit_configs);
  archive("runnersOnline", counters.runners_online);
  archive("sessionsCreated", counters.sessions_created);
}

void fields(auto& archive, Is<World> auto& world) {
  archive("now", world.now);
  archive("randomState", world.random_state);
  archive("nextChannel", world.next_channel);
  archive("nextRunId", world.next_run_id);
  archive("tenants", world.tenants);
  archive("counters", world.counters);
}

void fields(auto& archive, Is<JobOrder> auto& order) {
  archive("count", order.count);
  archive("owner", order.owner);
  archive("repository", order.repository);
  archive("displayName", order.display_name);
  archive("eventName", order.event_name);
  archive("workflowFile", order.workflow_file);
  archive("gitRef", order.git_ref);
  archive("labels", order.labels);
  archive("group", order.group);
  archive("public", order.is_public);
  archive("plan", order.plan);
  archive("longest", order.longest);
}

void fields(auto& archive, Is<ScaleSetDraft> auto& draft) {
  archive("name", draft.name);
  archive("groupId", draft.group);
  archive("labels", draft.labels);
  archive("disableUpdate", draft.disable_update);
}

void fields(auto& archive, Is<RunnerDraft> auto& draft) {
  archive("name", draft.name);
  archive("groupId", draft.group);
  archive("labels", draft.labels);
  archive("workFolder", draft.work_folder);
}

void fields(auto& archive, Is<PollTicket> auto& ticket) {
  archive("tenant", ticket.tenant);
  archive("id", ticket.id);
  archive("session", ticket.session);
  archive("channel", ticket.channel);
  archive("version", ticket.version);
}

/// The profile and what influences the model; the front uses the lifetimes of tokens.
void fields(auto& archive, Is<ModelOptions> auto& options) {
  archive("profile", options.profile);
  for (TimeOption const& option : time_options())
    archive(std::string(option.name).c_str(), options.*option.field);
  for (SwitchOption const& option : switch_options())
    archive(std::string(option.name).c_str(), options.*option.field);
  archive("max-batch", options.max_batch);
  archive("max-assignments", options.max_assignments);
  archive("groups", options.extra_groups);
}

// --- reading and writing

template <class T>
concept List = requires(T list) { list.push_back(std::declval<typename T::value_type>()); } &&
               !std::same_as<T, std::string>;

template <class T>
concept Enumeration = std::is_enum_v<T>;

template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

// A map is written as the list of its values, since each value contains its key.
inline RequestId key_of(Job const& job) { return job.facts.request; }
inline ScaleSetId key_of(ScaleSet const& set) { return set.id; }
inline RunnerId key_of(Runner const& runner) { return runner.id; }
inline RunnerId key_of(LeavingRunner const& runner) { return runner.id; }

// --- writing

struct Writer {
  json::object object;
  void operator()(char const* name, auto const& value) { object[name] = write(value); }

  static json::value write(std::string const& text) { return json::value(text); }
  static json::value write(std::string_view text) { return json::value(text); }
  static json::value write(bool flag) { return json::value(flag); }
  static json::value write(Integer auto number) { return json::value(number); }
  static json::value write(Enumeration auto name) { return json::value(to_string(name)); }
  static json::value write(std::chrono::milliseconds time) { return json::value(time.count()); }
  static json::value write(Timestamp time) { return write(time.time_since_epoch()); }
  template <class Tag>
  static json::value write(Id<Tag> id) {
    return json::value(id.value);
  }
  template <class T>
  static json::value write(std::optional<T> const& value) {
    return value ? write(*value) : json::value(nullptr);
  }
  static json::value write(List auto const& list) {
    json::array array;
    for (auto const& element : list) array.push_back(write(element));
    return array;
  }
  template <class Key, class T>
  static json::value write(std::map<Key, T> const& map) {
    json::array array;
    for (auto const& [key, value] : map) array.push_back(write(value));
    return array;
  }
  static json::value write(std::map<std::string, Tenant, std::less<>> const& tenants) {
    json::object object;
    for (auto const& [key, tenant] : tenants) object[key] = write(tenant);
    return object;
  }
  template <class T>
  static json::value write(T const& entity)
    requires std::is_class_v<T> && (!List<T>)
  {
    Writer writer;
    fields(writer, entity);
    return std::move(writer.object);
  }
};

// --- reading

struct Reader {
  json::object const& object;
  std::vector<std::string_view> names;  // of all fields that there are
  void operator()(char const* name, auto& value) {
    names.emplace_back(name);
    json::value const* found = object.if_contains(name);
    if (found == nullptr) throw std::runtime_error(std::string(name) + " is missing");
    try {
      read(*found, value);
    } catch (std::exception const& error) {
      throw std::runtime_error(std::string(name) + ": " + error.what());
    }
  }

  static void read(json::value const& from, std::string& text) { text = from.as_string(); }
  static void read(json::value const& from, bool& flag) { flag = from.as_bool(); }
  template <Integer T>
  static void read(json::value const& from, T& number) {
    if (!from.is_int64() && !from.is_uint64()) throw std::runtime_error("not an integer");
    number = from.to_number<T>();
  }
  template <Enumeration T>
  static void read(json::value const& from, T& name) {
    for (std::uint8_t candidate = 0; candidate < 6; ++candidate) {
      name = static_cast<T>(candidate);
      if (to_string(name) == from.as_string() && from.as_string() != "unknown") return;
    }
    throw std::runtime_error("not a known name");
  }
  static void read(json::value const& from, std::chrono::milliseconds& time) {
    std::int64_t count = 0;
    read(from, count);
    time = std::chrono::milliseconds(count);
  }
  static void read(json::value const& from, Timestamp& time) {
    std::chrono::milliseconds since{};
    read(from, since);
    time = Timestamp(since);
  }
  template <class Tag>
  static void read(json::value const& from, Id<Tag>& id) {
    read(from, id.value);
  }
  template <class T>
  static void read(json::value const& from, std::optional<T>& value) {
    value.reset();
    if (!from.is_null()) read(from, value.emplace());
  }
  static void read(json::value const& from, List auto& list) {
    list.clear();
    for (json::value const& element : from.as_array()) read(element, list.emplace_back());
  }
  template <class Key, class T>
  static void read(json::value const& from, std::map<Key, T>& map) {
    map.clear();
    for (json::value const& element : from.as_array()) {
      T value;
      read(element, value);
      Key const key = key_of(value);
      if (!map.emplace(key, std::move(value)).second)
        throw std::runtime_error("an id occurs twice");
    }
  }
  static void read(json::value const& from, std::map<std::string, Tenant, std::less<>>& tenants) {
    tenants.clear();
    for (auto const& [key, tenant] : from.as_object()) read(tenant, tenants[std::string(key)]);
  }
  template <class T>
  static void read(json::value const& from, T& entity)
    requires std::is_class_v<T> && (!List<T>)
  {
    Reader reader{from.as_object(), {}};
    fields(reader, entity);
    if (reader.names.size() == reader.object.size()) return;
    for (auto const& [key, value] : reader.object) {
      if (std::ranges::find(reader.names, std::string_view(key)) == reader.names.end())
        throw std::runtime_error(std::string(key) + ": " + unknown_field(key, reader.names));
    }
  }
};

}  // namespace scaleset::simulator::archive
