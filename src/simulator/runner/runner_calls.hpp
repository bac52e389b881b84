#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scaleset/http.hpp"
#include "scaleset/types.hpp"
#include "simulator/runner/runner_settings.hpp"

/// A runner's requests, and the reading of their answers (protocol.md 11.4). Pure.
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

/// The caller: one process of a runner.
struct Caller {
  explicit Caller(RunnerSettings runner_settings) : settings(std::move(runner_settings)) {}
  RunnerSettings settings;
  std::string session_id;  // a UUID that the runner chooses
  std::string owner_name;  // "HOST (PID: n)"
  std::string access_token;
};

/// The body of RunnerJobRequest: a job that is offered.
struct JobOffer {
  JobOffer() = default;
  std::string request_id;
  std::string run_service_url;  // with a slash at its end
  std::string billing_owner_id;
  bool should_acknowledge = false;
};

/// The answer to acquirejob. Three variables, which only the simulator sets, say what to pretend.
struct PretendJob {
  PretendJob() = default;
  std::string plan_id;
  std::string job_id;
  std::string name;
  std::chrono::milliseconds duration{0};
  std::string result = "succeeded";  // succeeded, failed or canceled
  std::string script;                // to run instead of waiting; empty: none
};

struct Message {
  Message() = default;
  std::string type;
  std::string body;
};

/// `serial` distinguishes the tokens that one process asks for.
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

/// All of these have no value if the body is not what it should be.
[[nodiscard]] std::optional<std::string> read_access_token(std::string_view body);
[[nodiscard]] std::optional<Message> read_message(std::string_view body);
[[nodiscard]] std::optional<JobOffer> read_job_offer(std::string_view message_body);
[[nodiscard]] std::optional<std::string> read_cancelled_job_id(std::string_view message_body);
[[nodiscard]] std::optional<PretendJob> read_job(std::string_view body);
/// Such as "RunnerNotFound"; empty if the error has none.
[[nodiscard]] std::string read_error_kind(std::string_view body);

}  // namespace scaleset::simulator::pretend
