#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scaleset::simulator {

/// Which of the two generations of the service that are in use is simulated (protocol.md 9).
/// `broker` is github.com: jobs are assigned as soon as a poll advertises room. `acquire` is GHES:
/// jobs are offered, and belong to the first scale set that asks for them.
enum class Profile : std::uint8_t { broker, acquire };
[[nodiscard]] std::string_view to_string(Profile profile) noexcept;

/// Every time and limit of the service. The defaults are what the evidence in protocol.md 10
/// supports; tests shorten them.
struct ModelOptions {
  Profile profile = Profile::broker;

  // Queue and poll (protocol.md 10.4)
  std::chrono::milliseconds hold_time{50000};   // a poll that finds nothing is answered after this
  std::chrono::milliseconds batch_window{100};  // events within it become one message
  std::size_t max_batch = 50;                   // entries of one message
  bool wake_on_job_started =
      false;  // whether JobStarted ends a held poll; the real service's does not
  bool unknown_message_is_an_error = false;  // whether to answer 404 instead of 204 to DELETE

  // Jobs (protocol.md 10.2)
  std::chrono::milliseconds acquire_to_assign{500};  // acquire profile only
  std::chrono::milliseconds assign_timeout{300000};  // assigned, but on no runner
  std::chrono::milliseconds reassign_delay{1000};    // from a withdrawn assignment to the next
  int max_assignments = 3;
  std::chrono::milliseconds lock_ttl{600000};  // a running job whose lock is not renewed fails
  std::chrono::milliseconds queue_ttl{86400000};
  std::chrono::milliseconds cancel_timeout{300000};  // for a runner to end a cancelled job

  // Sessions and scale sets (protocol.md 10.5, 10.8)
  std::chrono::milliseconds session_ttl{90000};
  std::chrono::milliseconds dormant_after{604800000};

  // Runners (protocol.md 10.7, 11.4)
  std::chrono::milliseconds never_online_ttl{86400000};
  std::chrono::milliseconds runner_offline_after{120000};  // since the last contact
  std::chrono::milliseconds runner_redelivery{61000};      // of a job request that was not acquired
  std::chrono::milliseconds runner_linger{10000};          // a session after its runner's job (D.3)
  bool count_provisioned = false;  // whether runners that never came online count as registered

  // Tokens (protocol.md 10.6). Only the front uses these; they are here so that all times are in
  // one place.
  std::chrono::milliseconds registration_token_ttl{3600000};
  std::chrono::milliseconds admin_token_ttl{3600000};
  std::chrono::milliseconds queue_token_ttl{3600000};

  /// Runner groups of every organisation and enterprise besides "Default" (id 1); their ids start
  /// at 3, since 2 is GitHub's own.
  std::vector<std::string> extra_groups;
};

}  // namespace scaleset::simulator
