#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "scaleset/http.hpp"

namespace scaleset::protocol {

/// Every call this library makes to the service, in the order of protocol.md 5 (E1 to E18) and
/// D.2.
enum class Operation : std::uint8_t {
  installation_token,   // E1
  registration_token,   // E2
  admin_connection,     // E3
  find_scale_set,       // E4
  list_scale_sets,      // E4, without a name
  get_scale_set,        // E5
  create_scale_set,     // E6
  update_scale_set,     // E7
  delete_scale_set,     // E8
  find_runner_group,    // E9
  list_runner_groups,   // E9, without a name
  create_session,       // E10
  refresh_session,      // E11
  delete_session,       // E12
  generate_jit_config,  // E13
  acquire_jobs,         // E14
  get_runner,           // E15
  find_runner,          // E15, by name
  list_runners,         // E15, without a name
  remove_runner,        // E15
  get_message,          // E16
  delete_message,       // E17
  acquirable_jobs,      // E18
  runner_deprecation,   // D.2
};

/// The properties of an operation apart from its bytes.
struct OperationTraits {
  Operation operation;
  std::string_view name;  // for Error::operation, logs and metrics
  /// False: if the answer to a first request is lost, a second request would collide with what the
  /// first one did (W-8). Such a call is repeated only if the service cannot have seen it.
  bool may_repeat_after_send;
  /// False: never repeated within the call, since the listener decides (get_message).
  bool retried_in_call;
  /// Its bearer token is the session's queue token, so that a 401 asks for a session refresh, not
  /// for a new admin token.
  bool uses_queue_token;
  TrafficClass traffic;
};

inline constexpr std::array<OperationTraits, 24> kOperations{{
    {Operation::installation_token, "InstallationToken", true, true, false, TrafficClass::control},
    {Operation::registration_token, "RegistrationToken", true, true, false, TrafficClass::control},
    {Operation::admin_connection, "AdminConnection", true, true, false, TrafficClass::control},
    {Operation::find_scale_set, "FindScaleSet", true, true, false, TrafficClass::control},
    {Operation::list_scale_sets, "ListScaleSets", true, true, false, TrafficClass::control},
    {Operation::get_scale_set, "GetScaleSet", true, true, false, TrafficClass::control},
    {Operation::create_scale_set, "CreateScaleSet", false, true, false, TrafficClass::control},
    {Operation::update_scale_set, "UpdateScaleSet", true, true, false, TrafficClass::control},
    {Operation::delete_scale_set, "DeleteScaleSet", true, true, false, TrafficClass::control},
    {Operation::find_runner_group, "FindRunnerGroup", true, true, false, TrafficClass::control},
    {Operation::list_runner_groups, "ListRunnerGroups", true, true, false, TrafficClass::control},
    {Operation::create_session, "CreateSession", false, true, false, TrafficClass::control},
    {Operation::refresh_session, "RefreshSession", true, true, false, TrafficClass::control},
    {Operation::delete_session, "DeleteSession", true, true, false, TrafficClass::control},
    {Operation::generate_jit_config, "GenerateJitConfig", false, true, false,
     TrafficClass::control},
    {Operation::acquire_jobs, "AcquireJobs", true, true, true, TrafficClass::control},
    {Operation::get_runner, "GetRunner", true, true, false, TrafficClass::control},
    {Operation::find_runner, "FindRunner", true, true, false, TrafficClass::control},
    {Operation::list_runners, "ListRunners", true, true, false, TrafficClass::control},
    {Operation::remove_runner, "RemoveRunner", true, true, false, TrafficClass::control},
    {Operation::get_message, "GetMessage", true, false, true, TrafficClass::long_poll},
    {Operation::delete_message, "DeleteMessage", true, true, true, TrafficClass::control},
    {Operation::acquirable_jobs, "AcquirableJobs", true, true, false, TrafficClass::control},
    {Operation::runner_deprecation, "RunnerDeprecation", true, true, false, TrafficClass::control},
}};

[[nodiscard]] constexpr OperationTraits const& traits(Operation operation) noexcept {
  return kOperations[static_cast<std::size_t>(operation)];
}

}  // namespace scaleset::protocol
