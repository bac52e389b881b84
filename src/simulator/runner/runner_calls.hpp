#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scaleset/http.hpp"
#include "scaleset/types.hpp"
#include "simulator/runner/runner_settings.hpp"

/// A runner's requests, and the reading of their answers (protocol.md 11.4, D.3). Pure.
namespace scaleset::simulator::pretend {

inline constexpr std::string_view kRunnerVersion = "2.338.0";

enum class Call : std::uint8_t {
  get_token,
  get_connection_data,
  create_session,
  get_message,
  acknowledge,
  acquire_job,
  renew_job,
  update_steps,
  get_log_url,
  put_log,
  describe_log,
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

/// The answer to acquirejob, as far as the pretend runner uses it. Two variables, which only the
/// simulator sets, say what to pretend; without them the job's script steps are run.
struct PretendJob {
  PretendJob() = default;
  std::string plan_id;
  std::string job_id;
  std::string name;
  std::string token;            // of the job: what renewjob, completejob and results want
  std::string run_service_url;  // with a slash at its end; empty: that of the offer
  std::string results_url;      // of the Results service, with a slash at its end; empty: none
  std::string step_id;          // of the first step
  std::string step_name;
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
[[nodiscard]] HttpRequest connection_data_request(Caller const& caller);
[[nodiscard]] HttpRequest session_request(Caller const& caller);
[[nodiscard]] HttpRequest message_request(Caller const& caller, bool busy);
[[nodiscard]] HttpRequest acknowledge_request(Caller const& caller, JobOffer const& offer);
[[nodiscard]] HttpRequest acquire_request(Caller const& caller, JobOffer const& offer);
[[nodiscard]] HttpRequest renew_request(Caller const& caller, JobOffer const& offer,
                                        PretendJob const& job);
[[nodiscard]] HttpRequest complete_request(Caller const& caller, JobOffer const& offer,
                                           PretendJob const& job, std::string_view conclusion);
[[nodiscard]] HttpRequest delete_session_request(Caller const& caller);

/// To the Results service: how the job's step ended, where its log goes, the log itself, and that
/// it is complete.
[[nodiscard]] HttpRequest update_steps_request(PretendJob const& job, std::string_view conclusion,
                                               Timestamp now);
[[nodiscard]] HttpRequest log_url_request(PretendJob const& job);
[[nodiscard]] HttpRequest put_log_request(std::string const& url, std::string const& log);
[[nodiscard]] HttpRequest describe_log_request(PretendJob const& job, std::string_view log,
                                               Timestamp now);
/// The output of a job as a log: behind a byte-order mark, each line has the time before it.
[[nodiscard]] std::string log_text(std::string_view output, Timestamp now);

/// All of these have no value if the body is not what it should be.
[[nodiscard]] std::optional<std::string> read_access_token(std::string_view body);
[[nodiscard]] std::optional<Message> read_message(std::string_view body);
[[nodiscard]] std::optional<JobOffer> read_job_offer(std::string_view message_body);
[[nodiscard]] std::optional<std::string> read_cancelled_job_id(std::string_view message_body);
[[nodiscard]] std::optional<PretendJob> read_job(std::string_view body);
[[nodiscard]] std::optional<std::string> read_log_url(std::string_view body);
/// An answer of the broker that is no success.
struct BrokerError {
  std::string kind;     // such as "RunnerNotFound"; empty if the error has none
  std::string message;  // may be empty
};
[[nodiscard]] BrokerError read_broker_error(std::string_view body);

}  // namespace scaleset::simulator::pretend
