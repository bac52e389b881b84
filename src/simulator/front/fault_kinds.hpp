#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace scaleset::simulator {

/// The named ways for a call to go wrong (spec 10.9). What each does is in the table of
/// fault_kinds().
enum class FaultKind : std::uint8_t {
  // instead of carrying the call out
  accepted_at_once,
  empty_body,
  html_error,
  text_error,
  retry_after,
  retry_after_date,
  secondary_rate_limit,
  registration_not_visible,
  token_expired,
  session_conflict,
  session_unknown,
  session_expired,
  page_not_found,
  unpruned_delete,
  // before the call is carried out
  acquire_subset,
  acquire_nothing,
  session_eviction,
  sequence_restart,
  // to the answer
  bom,
  slow_body,
  unknown_fields,
  token_unparsable,
  token_without_exp,
  token_short_ttl,
  token_clock_skew,
  empty_queue_url,
  statistics_missing,
  statistics_zero,
  count_mismatch,
  duplicate_delivery,
  duplicate_entries,
  out_of_order_delivery,
  unknown_message_type,
  unknown_job_message,
  seven_digit_times,
  zoneless_times,
  empty_times,
  numeric_job_id,
  zero_request_ids,
  completed_on_unknown_runner,
  job_on_unknown_runner,
  job_on_other_runner,
};

/// When a fault acts on a call.
enum class FaultStage : std::uint8_t {
  instead,  // answers; the call is not carried out
  request,  // changes what is asked for, or the world; then the call is carried out
  answer,   // changes the answer of a call that was carried out
};

struct FaultKindInfo {
  FaultKind kind;
  FaultStage stage;
  std::string_view name;
  std::string_view routes;     // operations' names between spaces, or "*"
  std::string_view parameter;  // the field with a number for it; empty: there is none
  std::int64_t usual = 0;      // the parameter's value if it is not given
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view description;  // one line
};

/// Every kind, once. Parsing, GET /_sim/faults and the tests follow this table.
[[nodiscard]] std::span<FaultKindInfo const> fault_kinds() noexcept;
[[nodiscard]] FaultKindInfo const& info_of(FaultKind kind) noexcept;
/// Null: there is no such kind.
[[nodiscard]] FaultKindInfo const* fault_kind_named(std::string_view name) noexcept;
/// Whether the kind makes sense for calls of that operation.
[[nodiscard]] bool can_hit(FaultKindInfo const& info, std::string_view operation) noexcept;

}  // namespace scaleset::simulator
