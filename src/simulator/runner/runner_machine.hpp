#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scaleset/error.hpp"
#include "simulator/runner/runner_calls.hpp"

namespace scaleset::simulator::pretend {

struct Print {
  std::string line;
};
/// Make this call and give its answer to on_answer(). Several calls may be under way at a time.
struct Send {
  Call call;
  HttpRequest request;
};
/// Call on_wait_over(call) after that time.
struct Wait {
  Call call;
  std::chrono::milliseconds delay;
};
struct StartJob {
  PretendJob job;
};
/// Cancel the running job; on_job_ended() must be called for it nevertheless.
struct CancelJob {};
/// Delete the files that the JIT configuration contained.
struct RemoveSettings {};
/// The runner has ended: whatever is still under way does not matter any more.
struct Exit {
  int code;
};
using Action = std::variant<Print, Send, Wait, StartJob, CancelJob, RemoveSettings, Exit>;
using Actions = std::vector<Action>;  // carry them out in order

/// Exit codes that the environment asks for (protocol.md 11.2).
struct ExitHabits {
  bool tells_deprecation = false;  // ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: 7, not 1
  bool tells_job_result = false;   // ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED: 100 + the result
};

/// As if SIGTERM had ended the process: .NET runners end in this way.
inline constexpr int kTerminatedCode = 143;

enum class StopSignal : std::uint8_t { interrupt, terminate };

/// An ephemeral runner with its one job, behaving as a real one does (protocol.md 11, D.5). It is
/// told what happened and answers what to do. Pure.
///
/// connecting -> listening -> acquiring -> running -> completing -> leaving -> ended. Polls go on
/// until the job's end has been reported, since its cancellation arrives that way. Without a
/// connection it tries again every second, without limit; a job goes on meanwhile, and its end is
/// reported again and again until there is an answer. The upload of its log is tried once.
class RunnerMachine {
 public:
  RunnerMachine(Caller caller, ExitHabits habits) : caller_(std::move(caller)), habits_(habits) {}

  [[nodiscard]] Actions begin(Timestamp now);
  /// Any HTTP status is an answer; an error means that there was none.
  [[nodiscard]] Actions on_answer(Call call, Result<HttpResponse> const& answer, Timestamp now);
  [[nodiscard]] Actions on_wait_over(Call call, Timestamp now);
  /// `conclusion`: succeeded, failed or canceled. `output` is what the job wrote.
  [[nodiscard]] Actions on_job_ended(std::string conclusion, std::string_view output,
                                     Timestamp now);
  /// Call this every 60 seconds while the job runs.
  [[nodiscard]] Actions on_renewal_due(Timestamp now);
  /// SIGINT or SIGTERM; only SIGINT prints "Exiting...", and only SIGTERM makes the exit code 143.
  /// A second signal has no further effect.
  [[nodiscard]] Actions on_stop(StopSignal signal, Timestamp now);

 private:
  enum class State : std::uint8_t {
    connecting,
    listening,
    acquiring,
    running,
    completing,
    leaving,
    ended
  };

  void answered_token(HttpResponse const& response);
  void answered_connection_data(HttpResponse const& response);
  void answered_session(HttpResponse const& response);
  void answered_poll(HttpResponse const& response);
  void poll_refused(HttpResponse const& response);
  void registration_ended();
  void received(Message const& message);
  void answered_acquire(HttpResponse const& response);
  void answered(Call call, HttpResponse const& response);
  void report_on(Call call, HttpResponse const* answer);
  void answered_complete();
  void lost(Call call, std::string const& reason);
  void unauthorized(Call call);

  void send(Call call);
  [[nodiscard]] HttpRequest request_for(Call call);
  [[nodiscard]] bool wanted(Call call) const;
  void wait(Call call, std::chrono::milliseconds delay);
  void leave();
  void greet();
  void clean_up();
  [[nodiscard]] int end_code() const;
  void exit_with(int code);
  void print(std::string line);
  void print_stamped(std::string const& text);
  [[nodiscard]] Actions take() { return std::exchange(actions_, {}); }

  Caller caller_;
  ExitHabits habits_;
  State state_ = State::connecting;
  Timestamp now_;
  Timestamp poll_sent_;
  Actions actions_;
  std::vector<Call> after_token_;  // calls that wait for a new token
  int tokens_asked_ = 0;
  int session_conflicts_ = 0;
  bool token_under_way_ = false;
  bool greeted_ = false;
  bool listened_ = false;
  bool connected_ = true;
  bool stopping_ = false;
  bool terminated_ = false;
  bool cancelled_ = false;
  bool registration_ended_ = false;
  JobOffer offer_;
  PretendJob job_;
  std::string conclusion_;
  std::string log_;  // empty: the job wrote nothing
  std::string log_url_;
};

}  // namespace scaleset::simulator::pretend
