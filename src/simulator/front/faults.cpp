#include "simulator/front/faults.hpp"

#include <algorithm>

#include "simulator/front/routes.hpp"

namespace scaleset::simulator {
namespace {

constexpr std::int64_t kDayInSeconds = 86400;

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

void check_range(Fields& fields, std::string_view name, std::optional<std::int64_t> value,
                 std::int64_t least, std::int64_t most) {
  if (!value || (*value >= least && *value <= most)) return;
  fields.complain(name, "must be from " + std::to_string(least) + " to " + std::to_string(most));
}

}  // namespace

Result<Fault> read_fault(Fields fields, Timestamp now) {
  Fault fault;
  fault.route = fields.text("route").value_or("");
  if (fault.route != "*" && !operation_named(fault.route))
    fields.complain("route", "must be \"*\" or the name of an operation, such as \"get_message\"");
  std::optional<std::int64_t> const status = fields.integer("status");
  check_range(fields, "status", status, 200, 599);
  if (status) fault.status = static_cast<int>(*status);
  fault.headers = read_headers(fields);
  fault.body = fields.text("body").value_or("");
  fault.drop = read_drop(fields);
  std::optional<std::int64_t> const delay = fields.integer("delayMilliseconds");
  check_range(fields, "delayMilliseconds", delay, 0, kDayInSeconds * 1000);
  fault.delay = std::chrono::milliseconds(delay.value_or(0));
  fault.count = fields.integer("count");
  check_range(fields, "count", fault.count, 1, INT32_MAX);
  std::optional<std::int64_t> const seconds = fields.integer("seconds");
  check_range(fields, "seconds", seconds, 1, 365 * kDayInSeconds);
  if (!fields.problem().empty()) return fail(ErrorCode::invalid_argument, fields.problem());
  if (!fault.status && fault.drop == Fault::Drop::no && fault.delay.count() == 0)
    return fail(ErrorCode::invalid_argument, "a fault needs a status, a drop or delayMilliseconds");
  if (seconds) fault.until = now + std::chrono::seconds(*seconds);
  return fault;
}

std::int64_t Faults::add(Fault fault) {
  fault.id = next_id_++;
  faults_.push_back(std::move(fault));
  return faults_.back().id;
}

std::optional<Fault> Faults::take(std::string_view operation, Timestamp now) {
  std::erase_if(faults_, [&](Fault const& fault) { return fault.until && *fault.until <= now; });
  auto const found = std::ranges::find_if(
      faults_, [&](Fault const& fault) { return fault.route == "*" || fault.route == operation; });
  if (found == faults_.end()) return std::nullopt;
  Fault taken = *found;
  if (found->count && --*found->count == 0) faults_.erase(found);
  return taken;
}

}  // namespace scaleset::simulator
