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
/// Make this call; its answer goes to on_answer(). Calls may be under way side by side.
struct Send {
  Call call;
  HttpRequest request;
};
/// Come back with on_wait_over(call) after that time.
struct Wait {
  Call call;
  std::chrono::milliseconds delay;
};
struct StartJob {
  PretendJob job;
};
/// End the job that runs; on_job_ended() is called for it all the same.
struct CancelJob {};
/// The end: whatever is still under way does not matter any more.
struct Exit {
  int code;
};
using Action = std::variant<Print, Send, Wait, StartJob, CancelJob, Exit>;
using Actions = std::vector<Action>;  // to be carried out in order

/// What the environment asks of a runner's exit code (spec 11.2).
struct ExitHabits {
  bool tells_deprecation = false;  // ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: 7, not 1
  bool tells_job_result = false;   // ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED: 100 + the result
};

enum class StopSignal : std::uint8_t { interrupt, terminate };

/// An ephemeral runner with its one job, as the real one behaves (spec 11): told what happened,
/// answers what to do. Pure.
///
/// connecting -> listening -> acquiring -> running -> completing -> leaving -> ended. Polls go on
/// while a job runs: that is how its cancellation arrives. Without a connection it tries again
/// every second, for ever; a job goes on meanwhile, and its end is reported until somebody answers.
class RunnerMachine {
 public:
  RunnerMachine(Caller caller, ExitHabits habits) : caller_(std::move(caller)), habits_(habits) {}

  [[nodiscard]] Actions begin(Timestamp now);
  /// Any HTTP status is an answer; an error says that there was none.
  [[nodiscard]] Actions on_answer(Call call, Result<HttpResponse> const& answer, Timestamp now);
  [[nodiscard]] Actions on_wait_over(Call call, Timestamp now);
  /// `conclusion`: succeeded, failed or canceled.
  [[nodiscard]] Actions on_job_ended(std::string conclusion, Timestamp now);
  /// Every 60 seconds.
  [[nodiscard]] Actions on_renewal_due(Timestamp now);
  /// SIGINT or SIGTERM; only the first says "Exiting...". A second signal does nothing that the
  /// first did not.
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
  void answered_session(HttpResponse const& response);
  void answered_poll(HttpResponse const& response);
  void poll_refused(HttpResponse const& response);
  void received(Message const& message);
  void answered_acquire(HttpResponse const& response);
  void answered(Call call, HttpResponse const& response);
  void lost(Call call, std::string const& reason);
  void unauthorized(Call call);

  void send(Call call);
  [[nodiscard]] HttpRequest request_for(Call call);
  [[nodiscard]] bool wanted(Call call) const;
  void wait(Call call, std::chrono::milliseconds delay);
  void leave();
  [[nodiscard]] int success_code() const;
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
  std::vector<Call> after_token_;  // wait for a new token
  int tokens_asked_ = 0;
  int session_conflicts_ = 0;
  bool token_under_way_ = false;
  bool greeted_ = false;
  bool listened_ = false;
  bool connected_ = true;
  bool stopping_ = false;
  bool cancelled_ = false;
  JobOffer offer_;
  PretendJob job_;
  std::string conclusion_;
};

}  // namespace scaleset::simulator::pretend
