#include "simulator/runner/runner_machine.hpp"

#include <utility>

#include "simulator/runner/diagnostic_log.hpp"
#include "simulator/runner/worker_messages.hpp"

namespace scaleset::simulator::pretend {
namespace {

constexpr std::chrono::milliseconds kRetryDelay{1000};
constexpr std::chrono::seconds kConflictDelay{30};
constexpr int kMostConflicts = 8;  // four minutes (protocol.md 11.4)
constexpr int kSessionConflictCode = 5;
constexpr int kVersionDeprecatedCode = 7;
constexpr std::string_view kRegistrationDeleted =
    "Failed to create a session. The runner registration has been deleted from the server, please "
    "re-configure. Runner registrations are automatically deleted for runners that have not "
    "connected to the service recently.";

constexpr std::string_view kNoLongerExists =
    "The runner no longer exists on the server. Cleaning up local configuration.";

std::string title(std::string_view conclusion) {
  if (conclusion == "succeeded") return "Succeeded";
  return conclusion == "canceled" ? "Canceled" : "Failed";
}

/// Whether a 401 means that the runner needs a new token. The other calls are made with the job's
/// token, or end with the session.
bool needs_own_token(Call call) {
  return call == Call::get_connection_data || call == Call::create_session ||
         call == Call::get_message || call == Call::acknowledge || call == Call::acquire_job;
}

/// Whether the call is about what the job wrote, which nobody has to know.
bool is_about_log(Call call) {
  return call == Call::update_steps || call == Call::get_log_url || call == Call::put_log ||
         call == Call::describe_log;
}

bool is_success(HttpResponse const& response) {
  return response.status >= 200 && response.status < 300;
}

bool is_temporary(int status) { return status >= 500 || status == 408 || status == 429; }

}  // namespace

Actions RunnerMachine::begin(Timestamp now) {
  now_ = now;
  // Calls that wait for a token are made when it has come.
  bool const has_door = !caller_.settings.first_url.empty();
  after_token_ = {has_door ? Call::get_connection_data : Call::create_session};
  send(Call::get_token);
  return take();
}

Actions RunnerMachine::on_answer(Call call, Result<HttpResponse> const& answer, Timestamp now) {
  // Answers to calls that were under way when the runner ended.
  if (state_ == State::ended) return {};
  now_ = now;
  if (!answer || is_temporary(answer->status)) {
    lost(call, answer ? "HTTP status " + std::to_string(answer->status) : answer.error().message);
    return take();
  }
  // Any answer will do, even a refusal: the service can be reached again.
  if (!std::exchange(connected_, true)) print_stamped("Runner reconnected.");
  if (answer->status == 401 && needs_own_token(call)) {
    unauthorized(call);
  } else {
    answered(call, *answer);
  }
  return take();
}

void RunnerMachine::answered(Call call, HttpResponse const& response) {
  switch (call) {
    case Call::get_token: return answered_token(response);
    case Call::get_connection_data: return answered_connection_data(response);
    case Call::create_session: return answered_session(response);
    case Call::get_message: return answered_poll(response);
    case Call::acquire_job: return answered_acquire(response);
    case Call::acknowledge:
    case Call::renew_job: return;
    case Call::update_steps:
    case Call::get_log_url:
    case Call::put_log:
    case Call::describe_log: return report_on(call, &response);
    case Call::complete_job: return answered_complete();
    case Call::delete_session: return clean_up();
  }
}

/// Reports the job's end, one call after the other. Null: there was no answer to the last one.
void RunnerMachine::report_on(Call call, HttpResponse const* answer) {
  if (state_ != State::completing) return;
  if (call == Call::update_steps && !log_.empty()) return send(Call::get_log_url);
  if (call == Call::get_log_url && answer != nullptr) {
    log_url_ = read_log_url(answer->body).value_or("");
    if (!log_url_.empty()) return send(Call::put_log);
  }
  if (call == Call::put_log && answer != nullptr && is_success(*answer))
    return send(Call::describe_log);
  send(Call::complete_job);
}

/// Even an answer that the job is over, or unknown, means that there is nothing left to report.
void RunnerMachine::answered_complete() {
  if (state_ != State::completing) return;
  bool const cut_short = registration_ended_ || (stopping_ && conclusion_ == "failed");
  print_stamped("Job " + job_.name +
                " completed with result: " + (cut_short ? "Canceled" : title(conclusion_)));
  leave();
}

void RunnerMachine::lost(Call call, std::string const& reason) {
  if (call == Call::delete_session) return clean_up();  // a silent session ends by itself
  if (is_about_log(call)) return report_on(call, nullptr);
  // A lost token request is repeated, by wait() below.
  if (call == Call::get_token) token_under_way_ = false;
  if (call == Call::renew_job || call == Call::acknowledge || !wanted(call)) return;
  if (std::exchange(connected_, false)) {
    print_stamped("Runner connect error: " + one_line(reason) + ". Retrying until reconnected.");
  }
  wait(call, kRetryDelay);
}

void RunnerMachine::unauthorized(Call call) {
  after_token_.push_back(call);
  if (!std::exchange(token_under_way_, true)) wait(Call::get_token, kRetryDelay);
}

void RunnerMachine::answered_token(HttpResponse const& response) {
  token_under_way_ = false;
  std::optional<std::string> token = read_access_token(response.body);
  if (is_success(response) && token) {
    caller_.access_token = std::move(*token);
    for (Call const call : std::exchange(after_token_, {})) {
      if (call == Call::create_session) greet();
      if (wanted(call)) send(call);
    }
    return;
  }
  print(std::string(kRegistrationDeleted));
  exit_with(1);
}

void RunnerMachine::answered_connection_data(HttpResponse const& response) {
  if (!wanted(Call::get_connection_data)) return;
  if (!is_success(response)) return wait(Call::get_connection_data, kRetryDelay);
  greet();
  send(Call::create_session);
}

void RunnerMachine::greet() {
  if (std::exchange(greeted_, true)) return;
  print("");
  print("√ Connected to GitHub");
  print("");
}

void RunnerMachine::answered_session(HttpResponse const& response) {
  if (!wanted(Call::create_session)) return;
  if (is_success(response)) {
    if (!std::exchange(listened_, true)) {
      print("Current runner version: '" + std::string(kRunnerVersion) + "'");
      print_stamped("Listening for Jobs");
    }
    state_ = State::listening;
    return send(Call::get_message);
  }
  if (response.status == 409) {
    if (session_conflicts_++ == 0) print("A session for this runner already exists.");
    if (session_conflicts_ > kMostConflicts) return exit_with(kSessionConflictCode);
    return wait(Call::create_session, kConflictDelay);
  }
  if (response.status == 404) {
    print(std::string(kRegistrationDeleted));
  } else {
    print("Failed to create a session. HTTP status " + std::to_string(response.status) + ".");
  }
  exit_with(1);
}

void RunnerMachine::answered_poll(HttpResponse const& response) {
  if (!wanted(Call::get_message)) return;
  if (!is_success(response)) return poll_refused(response);
  std::optional<Message> const message = read_message(response.body);
  if (message) {
    received(*message);
    if (wanted(Call::get_message)) send(Call::get_message);
    return;
  }
  // If the service does not hold polls, the next one has to wait.
  if (now_ - poll_sent_ < kRetryDelay) return wait(Call::get_message, kRetryDelay);
  send(Call::get_message);
}

void RunnerMachine::poll_refused(HttpResponse const& response) {
  BrokerError const error = read_broker_error(response.body);
  if (error.kind == "RunnerNotFound") return registration_ended();
  if (state_ != State::listening) return;  // a job goes on without polls
  if (error.kind == "RunnerVersionTooOld") {
    print("An error occurred: " + one_line(error.message));
    return exit_with(habits_.tells_deprecation ? kVersionDeprecatedCode : 1);
  }
  if (error.kind == "RunnerSessionInvalid") {
    state_ = State::connecting;
    return send(Call::create_session);
  }
  wait(Call::get_message, kRetryDelay);
}

/// A job is cancelled then. If it has ended already, and only its report is under way, the runner
/// still says that it was cancelled: the official runner does so too.
void RunnerMachine::registration_ended() {
  if (std::exchange(registration_ended_, true)) return;
  print(std::string(kNoLongerExists));
  if (state_ == State::listening) return clean_up();
  if (state_ == State::running && !std::exchange(cancelled_, true))
    actions_.emplace_back(CancelJob());
}

void RunnerMachine::received(Message const& message) {
  if (message.type == "RunnerJobRequest" && state_ == State::listening) {
    std::optional<JobOffer> offer = read_job_offer(message.body);
    if (!offer) return;
    offer_ = std::move(*offer);
    state_ = State::acquiring;
    if (offer_.should_acknowledge) send(Call::acknowledge);
    return send(Call::acquire_job);
  }
  if (message.type != "JobCancellation" || cancelled_) return;
  std::optional<std::string> const job_id = read_cancelled_job_id(message.body);
  // While the job is being acquired its id is not known yet, so any cancellation is taken for it.
  bool const ours =
      state_ == State::acquiring || (state_ == State::running && job_id == job_.job_id);
  if (!job_id || !ours) return;
  cancelled_ = true;
  if (state_ == State::running) actions_.emplace_back(CancelJob());
}

void RunnerMachine::answered_acquire(HttpResponse const& response) {
  if (!wanted(Call::acquire_job)) return;
  std::optional<PretendJob> job;
  if (is_success(response)) job = read_job(response.body);
  if (!job) {
    print_stamped("Skipping message Job. Job message not found '" + one_line(offer_.request_id) +
                  "'.");
    state_ = State::listening;
    cancelled_ = false;
    if (stopping_ || registration_ended_) leave();
    return;
  }
  job_ = std::move(*job);
  job_.name = one_line(job_.name);
  state_ = State::running;
  print_stamped("Running job: " + job_.name);
  actions_.emplace_back(StartJob{job_});
  // The cancellation came while the job was being acquired.
  if (cancelled_ || stopping_ || registration_ended_) actions_.emplace_back(CancelJob());
}

Actions RunnerMachine::on_job_ended(std::string conclusion, std::string_view output,
                                    Timestamp now) {
  now_ = now;
  if (state_ != State::running) return {};
  conclusion_ = std::move(conclusion);
  // A runner that is told to stop reports its job as failed, but shows it as cancelled.
  if (stopping_ && !cancelled_ && conclusion_ == "canceled") conclusion_ = "failed";
  if (!output.empty()) log_ = log_text(output, now);
  state_ = State::completing;
  send(job_.results_url.empty() ? Call::complete_job : Call::update_steps);
  return take();
}

Actions RunnerMachine::on_renewal_due(Timestamp now) {
  now_ = now;
  if (wanted(Call::renew_job)) send(Call::renew_job);
  return take();
}

Actions RunnerMachine::on_wait_over(Call call, Timestamp now) {
  now_ = now;
  if (wanted(call)) send(call);
  return take();
}

Actions RunnerMachine::on_stop(StopSignal signal, Timestamp now) {
  now_ = now;
  if (state_ == State::ended || std::exchange(stopping_, true)) return {};
  terminated_ = signal == StopSignal::terminate;
  if (!terminated_) print("Exiting...");
  bool const idle = state_ == State::connecting || state_ == State::listening;
  if (idle) leave();
  if (state_ == State::running && !cancelled_) actions_.emplace_back(CancelJob());
  return take();
}

void RunnerMachine::leave() {
  state_ = State::leaving;
  if (caller_.access_token.empty()) return exit_with(end_code());  // there is no session yet
  send(Call::delete_session);
}

/// The end after the session. A runner that had no job keeps its settings, unless its registration
/// has ended.
void RunnerMachine::clean_up() {
  if (!conclusion_.empty() || registration_ended_) {
    print("√ Removed .credentials");
    print("√ Removed .runner");
    actions_.emplace_back(RemoveSettings());
  }
  exit_with(end_code());
}

int RunnerMachine::end_code() const {
  if (terminated_) return kTerminatedCode;
  return habits_.tells_job_result && !conclusion_.empty() ? result_code(conclusion_) : 0;
}

void RunnerMachine::exit_with(int code) {
  state_ = State::ended;
  actions_.emplace_back(Exit{code});
}

bool RunnerMachine::wanted(Call call) const {
  switch (call) {
    case Call::get_token: return state_ != State::ended;
    case Call::get_connection_data:
    case Call::create_session: return state_ == State::connecting;
    case Call::get_message:
      if (registration_ended_) return false;
      return state_ == State::listening || state_ == State::acquiring || state_ == State::running ||
             state_ == State::completing;
    case Call::acknowledge:
    case Call::acquire_job: return state_ == State::acquiring;
    case Call::renew_job: return state_ == State::running;
    case Call::update_steps:
    case Call::get_log_url:
    case Call::put_log:
    case Call::describe_log:
    case Call::complete_job: return state_ == State::completing;
    case Call::delete_session: return state_ == State::leaving;
  }
  return false;
}

void RunnerMachine::send(Call call) { actions_.emplace_back(Send{call, request_for(call)}); }

HttpRequest RunnerMachine::request_for(Call call) {
  switch (call) {
    case Call::get_token:
      token_under_way_ = true;
      return token_request(caller_, now_, ++tokens_asked_);
    case Call::get_connection_data: return connection_data_request(caller_);
    case Call::create_session: return session_request(caller_);
    case Call::get_message:
      poll_sent_ = now_;
      return message_request(caller_, state_ != State::listening);
    case Call::acknowledge: return acknowledge_request(caller_, offer_);
    case Call::acquire_job: return acquire_request(caller_, offer_);
    case Call::renew_job: return renew_request(caller_, offer_, job_);
    case Call::update_steps: return update_steps_request(job_, conclusion_, now_);
    case Call::get_log_url: return log_url_request(job_);
    case Call::put_log: return put_log_request(log_url_, log_);
    case Call::describe_log: return describe_log_request(job_, log_, now_);
    case Call::complete_job: return complete_request(caller_, offer_, job_, conclusion_);
    case Call::delete_session: break;
  }
  return delete_session_request(caller_);
}

void RunnerMachine::wait(Call call, std::chrono::milliseconds delay) {
  actions_.emplace_back(Wait{call, delay});
}

void RunnerMachine::print(std::string line) { actions_.emplace_back(Print{std::move(line)}); }

void RunnerMachine::print_stamped(std::string const& text) {
  print(runner_time(now_) + ": " + text);
}

}  // namespace scaleset::simulator::pretend
