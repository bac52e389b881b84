#include "simulator/front/faults/fault.hpp"

#include <algorithm>
#include <array>

#include "base/rfc3339.hpp"
#include "simulator/model/world_random.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::int64_t kDayInSeconds = 86400;
constexpr std::array<std::string_view, 5> kOwnAnswer{"status", "headers", "body", "drop",
                                                     "delayMilliseconds"};
constexpr std::array<std::string_view, 12> kKnown{
    "route", "kind",        "status", "headers", "body",   "drop", "delayMilliseconds",
    "count", "probability", "from",   "until",   "seconds"};

/// The headers go into a real response, so a name or value that would break it, such as one with a
/// line break, is refused here.
HeaderList read_headers(Fields& fields) {
  HeaderList headers;
  std::optional<Fields> const given = fields.object("headers");
  if (!given) return headers;
  for (auto const& [name, value] : given->all()) {
    if (value.is_string()) {
      headers.emplace_back(std::string(name), std::string(value.as_string()));
    } else {
      fields.complain("headers", "every value must be a string");
    }
  }
  auto const is_unsafe = [](std::string const& text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
  };
  for (auto const& [name, value] : headers) {
    if (name.empty() || name.find_first_of(" :\t") != std::string::npos || is_unsafe(name) ||
        is_unsafe(value))
      fields.complain("headers", "not a header: " + name);
  }
  return headers;
}

Fault::Drop read_drop(Fields& fields) {
  std::string const drop = fields.text("drop").value_or("");
  if (drop == "before") return Fault::Drop::before;
  if (drop == "after") return Fault::Drop::after;
  if (!drop.empty()) fields.complain("drop", "must be \"before\" or \"after\"");
  return Fault::Drop::no;
}

void read_own_answer(Fields& fields, Fault& fault) {
  std::optional<std::int64_t> const status = fields.integer("status", 200, 599);
  if (status) fault.status = static_cast<int>(*status);
  fault.headers = read_headers(fields);
  fault.body = fields.text("body").value_or("");
  fault.drop = read_drop(fields);
  fault.delay = std::chrono::milliseconds(
      fields.integer("delayMilliseconds", 0, kDayInSeconds * 1000).value_or(0));
  if (!fault.status && fault.drop == Fault::Drop::no && fault.delay.count() == 0)
    // A fault without any of these would be hit and change nothing.
    fields.complain("a fault", "needs a kind, a status, a drop or delayMilliseconds");
}

/// A fault with a kind says what it does by the kind alone. Fields of an answer beside it would be
/// ignored, so they are refused.
void read_kind(Fields& fields, Fault& fault, FaultKind const* kind) {
  if (kind == nullptr) {
    fields.complain("kind", "there is none of that name; GET /_sim/faults lists them");
    return;
  }
  fault.kind = kind;
  // With "*" and "rest" a kind hits those of the routes that it is for: see Fault::matches().
  if (fault.route != "*" && fault.route != "rest" && !can_hit(*kind, fault.route))
    fields.complain("route",
                    std::string(kind->name) + " is for these only: " + std::string(kind->routes));
  for (std::string_view const field : kOwnAnswer) {
    if (fields.find(field) != nullptr) fields.complain(field, "does not go with a kind");
  }
  FaultParameter const& parameter = kind->parameter;
  // read_fault() has already refused any field that is not the kind's parameter.
  if (parameter.name.empty()) return;
  fault.argument =
      fields.integer(parameter.name, parameter.least, parameter.most).value_or(parameter.usual);
}

std::optional<Timestamp> read_time(Fields& fields, std::string_view name) {
  std::optional<std::string> const text = fields.text(name);
  if (!text) return std::nullopt;
  std::optional<Timestamp> time = base::parse_rfc3339(*text);
  if (!time) fields.complain(name, "must be a time such as \"2026-11-23T16:00:00Z\"");
  return time;
}

/// `seconds` is a shorter way to say `until`; counted from `from`, or from now.
void read_window(Fields& fields, Fault& fault, Timestamp now) {
  fault.count = fields.integer("count", 1, INT32_MAX);
  fault.probability = fields.number("probability", 0, 1).value_or(1);
  fault.from = read_time(fields, "from");
  fault.until = read_time(fields, "until");
  std::optional<std::int64_t> const seconds = fields.integer("seconds", 1, 365 * kDayInSeconds);
  if (seconds && fault.until) fields.complain("seconds", "does not go with until");
  if (seconds) fault.until = fault.from.value_or(now) + std::chrono::seconds(*seconds);
}

void put_own_answer(json::object& body, Fault const& fault) {
  if (fault.status) body["status"] = *fault.status;
  json::object headers;
  for (auto const& [name, value] : fault.headers) headers[name] = value;
  if (!headers.empty()) body["headers"] = std::move(headers);
  if (!fault.body.empty()) body["body"] = fault.body;
  if (fault.drop != Fault::Drop::no)
    body["drop"] = fault.drop == Fault::Drop::before ? "before" : "after";
  if (fault.delay.count() > 0) body["delayMilliseconds"] = fault.delay.count();
}

}  // namespace

FaultStage Fault::stage() const noexcept {
  return kind != nullptr ? kind->stage() : FaultStage::instead;
}

bool Fault::matches(Operation operation, Timestamp now) const noexcept {
  if ((from && now < *from) || (until && now >= *until)) return false;
  return covers(route, operation) && (kind == nullptr || can_hit(*kind, operation.name));
}

Result<Fault> read_fault(Fields fields, Timestamp now, std::span<FaultKind const> kinds,
                         OperationNames const& names) {
  Fault fault;
  std::optional<std::string> const kind_name = fields.text("kind");
  fault.route = fields.text("route").value_or(kind_name ? "*" : "");
  FaultKind const* const kind = kind_name ? kind_named(kinds, *kind_name) : nullptr;
  // First, since a misspelt field is often the cause of what else is wrong.
  fields.expect_only(kKnown, kind == nullptr ? "" : kind->parameter.name);
  check_route(fields, fault.route, names);
  if (kind_name) {
    read_kind(fields, fault, kind);
  } else {
    read_own_answer(fields, fault);
  }
  read_window(fields, fault, now);
  if (!fields.problem().empty()) return fail(ErrorCode::invalid_argument, fields.problem());
  return fault;
}

json::object fault_json(Fault const& fault) {
  json::object body;
  body["id"] = fault.id;
  body["route"] = fault.route;
  if (fault.kind != nullptr) {
    body["kind"] = fault.kind->name;
    std::string_view const parameter = fault.kind->parameter.name;
    if (!parameter.empty()) body[parameter] = fault.argument;
  } else {
    put_own_answer(body, fault);
  }
  if (fault.count) body["count"] = *fault.count;
  if (fault.probability < 1) body["probability"] = fault.probability;
  if (fault.from) body["from"] = base::format_rfc3339(*fault.from);
  if (fault.until) body["until"] = base::format_rfc3339(*fault.until);
  body["hits"] = fault.hits;
  return body;
}

std::int64_t Faults::add(Fault fault) {
  fault.id = next_id_++;
  // A random sequence of its own, so that other faults and calls do not change which calls it hits
  // (ADR 25).
  fault.random_state = seed_ + static_cast<std::uint64_t>(fault.id);
  faults_.push_back(std::move(fault));
  return faults_.back().id;
}

bool Faults::remove(std::int64_t id) {
  return std::erase_if(faults_, [&](Fault const& fault) { return fault.id == id; }) > 0;
}

std::optional<Fault> Faults::use(Operation operation, Timestamp now, FaultStage stage,
                                 std::function<bool(Fault const&)> const& applies) {
  // Faults that are over are not shown any more, either.
  std::erase_if(faults_, [&](Fault const& fault) { return fault.until && *fault.until <= now; });
  for (auto place = faults_.begin(); place != faults_.end(); ++place) {
    if (place->stage() != stage || !place->matches(operation, now)) continue;
    // With probability 1 no number is drawn.
    if (place->probability < 1 && WorldRandom(place->random_state).uniform() >= place->probability)
      continue;
    // The fault found nothing to change in this call. It is not used up then, and another one may
    // be.
    if (!applies(*place)) continue;
    ++place->hits;
    // A copy, because the fault may be erased in the next line.
    Fault used = *place;
    if (place->count && --*place->count == 0) faults_.erase(place);
    return used;
  }
  return std::nullopt;
}

}  // namespace scaleset::simulator
