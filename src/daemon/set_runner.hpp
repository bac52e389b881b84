#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "base/condition.hpp"
#include "base/log.hpp"
#include "base/loop_timer.hpp"
#include "base/outage.hpp"
#include "daemon/book.hpp"
#include "daemon/currency.hpp"
#include "daemon/enrolment.hpp"
#include "daemon/held_rows.hpp"
#include "daemon/runner_rows.hpp"
#include "daemon/set_settings.hpp"
#include "daemon/snapshot.hpp"
#include "daemon/start_door.hpp"
#include "fleet/fleet.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/async/listener.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::daemon {

/// What one scale set works with. Simulations hand in their own.
struct SetPorts {
  SetPorts() = default;
  std::unique_ptr<async::Client> client;
  /// Makes the backend, whose events go to the observer. Called once.
  std::function<Result<std::unique_ptr<backends::Backend>>(backends::InstanceObserver)>
      make_backend;
  Book* book = nullptr;  // outlives the SetRunner
  Hooks hooks;           // clock and random source are set
  /// Of the credential: shared by its scale sets. Null: JIT calls and enrolments never wait.
  std::shared_ptr<StartDoor> starts;
  /// Of the process. Null: nobody asks how long versions of the runner work.
  std::shared_ptr<Currency> currency;
  std::function<void()> on_change;  // something happened that a budget may depend on; may be null
  /// Whether this process serves a scale set, whose instances may be on the same backend; may be
  /// null.
  std::function<bool(base::OwnerKey const&)> is_served;
};

/// What a scale set that shares a budget has and wants, in runners. After its end it wants what it
/// has left.
struct BudgetNeeds {
  BudgetNeeds() = default;
  int max = 0;
  int used = 0;            // Fleet::used(); before it has looked, what an earlier process had
  int needed = 0;          // Fleet::needed(); before it has looked, all of these
  int wanted = 0;          // Fleet::wanted()
  bool takes_jobs = true;  // Fleet::takes_jobs()
  bool listens = true;     // it has a session, in which the service can tell it of a job
  friend bool operator==(BudgetNeeds const&, BudgetNeeds const&) = default;
};

/// A runner that an operator has added.
struct AddedRunner {
  AddedRunner() = default;
  std::string name;
  std::string waits_for;  // in one sentence
};

/// Runs one scale set: tells the fleet what happens, makes what it decides durable, and then does
/// it. All decisions are the fleet's and the listener's; this is the switch between them, the
/// service, the book and the backend. Used on the executor's thread.
///
/// What happens is collected and settled in rounds: the rows that have changed go into the book
/// first, and only when they are durable are the actions done and the message acknowledged that
/// caused them. While the book cannot be written nothing is started, no capacity is advertised and
/// no message is acknowledged.
class SetRunner final : public async::ListenerHandler {
 public:
  SetRunner(boost::asio::any_io_executor executor, SetSettings settings, base::OwnerKey owner,
            SetRecord record, SetPorts ports);
  ~SetRunner() override;

  /// Takes over the runners of an earlier process, finds or creates the scale set, serves it until
  /// drain() or detach(), and returns when no runner is left or after detach(). A service or an
  /// engine that does not answer is waited for. Errors: what the backend's maker returned; what
  /// SetSettings::end_if_refused_at_first says; what the listener cannot mend; what was thrown.
  Task<void> run();
  /// Closes the session, removes idle runners and waits for busy ones.
  void drain(std::string const& why);
  /// Closes the session and waits for no runner. They keep running, and the next start adopts them.
  void detach(std::string const& why);
  /// From now on these settings, which are of the same scale set, count. What SetChange::anew is
  /// true for does not change.
  void change(SetSettings settings);
  [[nodiscard]] SetSettings const& settings() const noexcept { return settings_; }
  /// What it may have and offer of its budget. Without a value: it has no budget.
  void give(std::optional<fleet::Share> share);
  [[nodiscard]] BudgetNeeds needs() const;
  [[nodiscard]] store::ScaleSetKey key() const noexcept { return record_.key; }
  /// The credentials or the certificates may have changed: they are read again, and what was
  /// refused is tried at once.
  void reload();
  /// Logs which runners a drain still waits for.
  void report_waiting() const;
  [[nodiscard]] SetSnapshot snapshot() const;
  [[nodiscard]] base::OwnerKey const& owner() const noexcept { return owner_; }

  // What an operator asks for (set_runner_commands.cpp). Errors of all: conflict, with the reason,
  // if that is not possible now; cancelled, if run() returns first. The tasks may outlive this.

  /// Until the next call, also through restarts. Returns when that is durable. Errors: also io.
  Task<void> suspend(fleet::Suspension how);
  /// Begins to start one runner more than jobs need. With a budget, waits for its part of that for
  /// a while.
  Task<AddedRunner> add_runner();
  /// Returns when the service has removed the registration of the runner. Errors: also
  /// runner_not_found; job_still_running; timeout, if the service does not answer for long.
  Task<void> retire_runner(std::string name);
  /// Closes the session and opens another one (A10). Errors: also timeout, if none is open for
  /// long; it is tried on then.
  Task<void> reset_session();
  /// Deletes the scale set at the service and in the journal; run() returns then. Only of one that
  /// is drained. If it fails, it is served as before. Errors: also those of the service.
  Task<void> delete_scale_set();

  // async::ListenerHandler
  Task<void> apply(Message message) override;
  Task<void> quarantine(Message message) override;
  Task<void> keep_offers(std::vector<OpenOffer> offers) override;
  Task<void> idle() override;
  int capacity() override;
  Task<ScaleSetId> replace_scale_set() override;

 private:
  /// What happened since the last round, and who waits until it is durable.
  struct Round {
    std::vector<fleet::Action> actions;
    std::optional<Result<void>> result;
    base::Condition done;
  };

  // The life of the scale set (set_runner.cpp).
  Task<void> serve();
  Task<bool> take_over();  // false: a stop came before the backend had answered
  Task<std::vector<backends::Instance>> list_patiently();
  boost::asio::awaitable<void> enrol_patiently();
  boost::asio::awaitable<void> enrol_anew();
  boost::asio::awaitable<void> keep_schedule();
  base::Condition::Duration apply_limits();
  void take_share();
  void report_unserved(Error const& error, std::chrono::milliseconds delay);
  Task<Enrolled> find_or_create();
  Task<void> note_creation();
  Result<void> end_of_enrolment() const;
  Task<void> listen();
  void make_listener();
  Task<bool> begin_again();
  boost::asio::awaitable<void> wait_until_drained();
  void stop_listening();
  void tell_what_runs() const;
  void tell_drained() const;
  void note_session(std::string const& id, std::string const& session_owner);
  void note_scale_set(Enrolled const& enrolled);

  // What an operator asks for (set_runner_commands.cpp).
  void take_up_suspension();
  template <class T>
  Task<T> begin(Task<T> command);
  Task<void> suspend_now(fleet::Suspension how);
  Task<AddedRunner> add_runner_now();
  Task<std::string> added_since(std::set<std::string> before);
  Task<void> retire_runner_now(std::string name);
  Task<void> reset_session_now();
  Task<void> delete_scale_set_now();
  [[nodiscard]] Result<void> may_command() const;
  void end_session(std::string const& why);
  Task<void> delete_at_service();
  [[nodiscard]] bool is_being_removed(std::string const& name) const;

  // What is told (set_runner_status.cpp).
  void note_trouble(Error const* error);
  void note_failures(SetSnapshot& snapshot) const;
  [[nodiscard]] std::optional<TokenTrouble> credential_trouble() const;
  struct Unready {
    Unready(Readiness is, std::string why, std::optional<fleet::TimePoint> begin = std::nullopt)
        : state(is), reason(std::move(why)), since(begin) {}
    Readiness state;
    std::string reason;
    std::optional<fleet::TimePoint> since;
  };
  [[nodiscard]] std::string why_in(Phase phase) const;
  [[nodiscard]] std::optional<Unready> kept_from_serving() const;
  [[nodiscard]] std::optional<Unready> failing(SetSnapshot const& snapshot) const;

  // What happens (set_runner_events.cpp).
  void feed(fleet::Event const& event);
  void tell_capacity();
  void on_instance_event(backends::InstanceEvent event);
  void log_job(JobMessage const& job) const;
  void log_job(std::string_view text, JobInfo const& job, std::string_view runner,
               std::string_view result) const;
  void begin_to_look();
  void look_soon();
  void set_alarm();
  boost::asio::awaitable<void> alarmed();
  boost::asio::awaitable<void> look();
  void listed(std::vector<backends::Instance> const& instances, fleet::TimePoint asked_at);
  void report_room();

  // The runners' version (set_runner_currency.cpp).
  void note_version(std::string const& version);
  boost::asio::awaitable<void> ask_about(std::string version);
  void tell_end_of(std::string const& version);
  [[nodiscard]] std::string end_of_version() const;
  [[nodiscard]] Currency::Version judged(std::string const& version) const;

  // Rounds (set_runner_rounds.cpp).
  void begin_rounds();
  void wake_rounds();
  boost::asio::awaitable<void> settle_rounds();
  boost::asio::awaitable<Result<void>> make_durable();
  [[nodiscard]] store::NoteScaleSet scale_set_note() const noexcept;
  void note_outcome(Result<void> const& written);
  Task<void> settled();
  void end_rounds();

  // What the fleet wants done (set_runner_actions.cpp).
  void perform(fleet::Action const& action);
  void refuse(fleet::Action const& action, Error const& why);
  void start_instance(std::string const& name);
  boost::asio::awaitable<void> prepare(std::string name);
  boost::asio::awaitable<void> request_jit(std::string name);
  boost::asio::awaitable<bool> may_request_jit(std::string const* name);
  boost::asio::awaitable<void> start_with(std::string name, RunnerId id, Secret jit_config);
  boost::asio::awaitable<void> remove_registration(std::string name, std::optional<RunnerId> id);
  boost::asio::awaitable<void> look_up(std::string name, RunnerId id);
  boost::asio::awaitable<void> stop_instance(std::string name, fleet::StopMode mode);
  void log_notice(fleet::Notice const& notice) const;

  boost::asio::any_io_executor executor_;
  SetSettings settings_;
  base::OwnerKey owner_;
  SetRecord record_;
  SetPorts ports_;
  base::Logger log_;
  fleet::Fleet fleet_;
  RunnerRows rows_;
  HeldRows held_rows_;
  std::vector<store::Change> other_changes_;  // of the scale set itself, not yet durable
  std::shared_ptr<Round> round_;
  bool rounds_begun_ = false;          // rounds may be settled
  bool settling_ = false;              // settle_rounds() runs
  bool dirty_ = false;                 // something happened since the last round
  bool must_check_ = false;            // it is time to see whether the book can still be written
  bool must_write_ = false;            // a message is to be acknowledged: the journal has to work
  std::optional<Error> unwritten_;     // why the book could not be written the last time
  base::Outage unwritable_;            // of the book
  fleet::TimePoint write_again_at_{};  // not before this does it count as working again
  bool creating_ = false;  // a scale set is to be created; what became of it is not known
  base::Outage unserved_;  // of the service, until the scale set is known
  std::optional<MessageId> logged_message_;  // whose jobs the log has already told of
  bool room_known_ = false;
  std::optional<fleet::Share> next_share_;  // that the fleet gets when the poll under way has ended
  bool telling_capacity_ = false;           // while a poll may be under way, or is not to be cut
  bool has_schedule_ = false;               // keep_schedule() runs
  std::optional<fleet::InForce> in_force_;  // of the schedule; no value: there is none
  bool comparing_ = false;                  // enrol_anew() runs
  bool compare_again_ = false;              // the labels have changed since it began
  base::Condition schedule_changed_;
  bool has_session_ = false;
  int sessions_ = 0;     // that were opened
  bool adding_ = false;  // added_since() runs
  /// What is to follow when the listener has closed its session.
  enum class AfterSession : std::uint8_t { nothing, new_session, deletion };
  AfterSession after_session_ = AfterSession::nothing;
  std::optional<Result<void>> deleted_;  // what became of the deletion
  int empty_polls_ = 0;                  // since the last statistics
  base::Condition changed_;  // something was fed: for whoever waits for rounds or the end
  /// One timer for all that the time brings, and no coroutine that waits for it: there may be
  /// thousands of scale sets, in which nothing happens most of the time.
  base::LoopTimer alarm_;
  std::optional<fleet::TimePoint> alarm_at_;  // that the timer is set to
  std::shared_ptr<SetRunner*> self_ = std::make_shared<SetRunner*>(this);  // for its callback
  fleet::TimePoint look_at_ = fleet::TimePoint::max();  // then all instances are looked at
  bool looking_ = false;                                // look() runs
  bool looked_in_vain_ = false;                         // the last look failed
  std::unique_ptr<backends::Backend> backend_;
  std::unique_ptr<async::Listener> listener_;
  std::map<std::string, Secret> jit_configs_;  // received, not yet handed to the backend
  std::set<std::string> reported_foreign_;
  std::string version_;                // of the runner that registered last
  bool enrolled_ = false;              // the scale set was found or created
  std::optional<Error> not_enrolled_;  // why the last attempt failed
  /// Calls by which the service would tell of jobs that have failed in a row.
  struct Trouble {
    Trouble(Error what, fleet::TimePoint begin) : error(std::move(what)), since(begin) {}
    Error error;  // the last one
    fleet::TimePoint since;
    int failures = 0;
  };
  std::optional<Trouble> trouble_;
  base::Condition hurry_;  // the reason may be gone
  Phase phase_ = Phase::starting;
  bool stopping_ = false;
  std::string drained_because_;  // a clause; empty: it is not draining
  bool detached_ = false;
  std::string detached_because_;
  bool ended_ = false;
  async::TaskScope enrolling_;
  async::TaskScope tasks_;
};

}  // namespace scaleset::daemon
