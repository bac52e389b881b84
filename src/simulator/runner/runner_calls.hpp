#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scaleset/http.hpp"
#include "scaleset/types.hpp"
#include "simulator/runner/runner_settings.hpp"

/// The requests of a runner and how their answers read (spec 11.4). Pure.
namespace scaleset::simulator::pretend {

inline constexpr std::string_view kRunnerVersion = "2.336.0";

enum class Call : std::uint8_t {
  get_token,
  create_session,
  get_message,
  acknowledge,
  acquire_job,
  renew_job,
  complete_job,
  delete_session,
};

/// Who speaks: one process of the runner.
struct Caller {
  explicit Caller(RunnerSettings runner_settings) : settings(std::move(runner_settings)) {}
  RunnerSettings settings;
  std::string session_id;  // a UUID of our choice
  std::string owner_name;  // "HOST (PID: n)"
  std::string access_token;
};

/// A job offered: body of RunnerJobRequest.
struct JobOffer {
  JobOffer() = default;
  std::string request_id;
  std::string run_service_url;  // with a slash at its end
  std::string billing_owner_id;
  bool should_acknowledge = false;
};

/// What acquirejob answers. The three variables are the simulator's: what to pretend.
struct PretendJob {
  PretendJob() = default;
  std::string plan_id;
  std::string job_id;
  std::string name;
  std::chrono::milliseconds duration{0};
  std::string result = "succeeded";  // succeeded, failed or canceled
  std::string script;                // run instead of waiting; empty: none
};

struct Message {
  Message() = default;
  std::string type;
  std::string body;
};

/// `serial` tells apart the tokens asked for by one process.
[[nodiscard]] HttpRequest token_request(Caller const& caller, Timestamp now, int serial);
[[nodiscard]] HttpRequest session_request(Caller const& caller);
[[nodiscard]] HttpRequest message_request(Caller const& caller, bool busy);
[[nodiscard]] HttpRequest acknowledge_request(Caller const& caller, JobOffer const& offer);
[[nodiscard]] HttpRequest acquire_request(Caller const& caller, JobOffer const& offer);
[[nodiscard]] HttpRequest renew_request(Caller const& caller, JobOffer const& offer,
                                        PretendJob const& job);
[[nodiscard]] HttpRequest complete_request(Caller const& caller, JobOffer const& offer,
                                           PretendJob const& job, std::string_view conclusion);
[[nodiscard]] HttpRequest delete_session_request(Caller const& caller);

/// All readers: no value where the body is not what it should be.
[[nodiscard]] std::optional<std::string> read_access_token(std::string_view body);
[[nodiscard]] std::optional<Message> read_message(std::string_view body);
[[nodiscard]] std::optional<JobOffer> read_job_offer(std::string_view message_body);
[[nodiscard]] std::optional<std::string> read_cancelled_job_id(std::string_view message_body);
[[nodiscard]] std::optional<PretendJob> read_job(std::string_view body);
/// "RunnerNotFound" and the like; empty: the error has none.
[[nodiscard]] std::string read_error_kind(std::string_view body);

}  // namespace scaleset::simulator::pretend
