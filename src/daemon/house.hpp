#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/condition.hpp"
#include "base/log.hpp"
#include "base/outage.hpp"
#include "base/owner_key.hpp"
#include "daemon/book.hpp"
#include "daemon/budget_desk.hpp"
#include "daemon/house_sets.hpp"
#include "daemon/set_runner.hpp"
#include "daemon/set_settings.hpp"
#include "daemon/snapshot.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// What a House works with. Simulations hand in their own.
struct HousePorts {
  HousePorts() = default;
  Book* book = nullptr;  // outlives the House
  Hooks hooks;           // clock and random source are set
  /// Waits until make_ports() finds on the loop what it reads from a disk. May be null.
  std::function<Task<void>(std::shared_ptr<Access const>)> get_ready;
  /// Makes what a scale set needs: its client, and a maker of its backend. What it throws is an
  /// error of that scale set.
  std::function<Result<SetPorts>(SetSettings const&, base::OwnerKey const&, SetRecord const&)>
      make_ports;
  /// Whether run() goes on when no scale set is left, since serve() may bring others.
  bool stays = false;
  /// Those whose runners an earlier process has left, and that are not served any more: they are
  /// drained. One that cannot be is tried again until it can.
  SetsByOwner left;
  BudgetDesk::Budgets budgets;
};

/// What becomes of scale sets that are served and that a new list does not have.
enum class Missing : std::uint8_t {
  drain,  // their runners finish; the scale sets stay at the service
  stay,   // they are served as before: a file that was changed by mistake ends nothing
};
/// What House::serve() has done, by names.
struct Served {
  Served() = default;
  std::vector<std::string> added;
  std::vector<std::string> changed;
  std::vector<std::string> drained;
  std::vector<std::string> kept;  // although they are not in the list
};

/// All scale sets that this process serves. Used on the executor's thread.
///
/// Each is opened, run and, if it ends by itself, opened again in a coroutine of its own, so that
/// whatever fails for one touches no other (ADR 51).
class House {
 public:
  House(boost::asio::any_io_executor executor, std::vector<SetSettings> sets, HousePorts ports);
  ~House();

  /// Serves the scale sets until drain() or detach(). One that fails does not end the others. If a
  /// person waits for it (SetSettings::end_if_refused_at_first), it ends with its error, which is
  /// logged at once if there are others; else it is tried again. Returns the first error when all
  /// have ended.
  Task<void> run();
  /// From now on these are served: what is new is opened, and what has changed is told to whom it
  /// concerns. All others go on as they are.
  Served serve(std::vector<SetSettings> sets, Missing missing);
  /// From now on there are these budgets.
  void budget(BudgetDesk::Budgets budgets);
  /// See SetRunner. A `why` is a clause for the log, such as "SIGTERM was received".
  void drain(std::string const& why);
  void detach(std::string const& why);
  void reload();
  /// Detaches, and run() returns this error unless there was one before.
  void give_up(Error const& error);
  /// Another process serves this scale set now: it is left alone, and tried again.
  void lost(store::ScaleSetKey set, Error const& error);
  void report_waiting() const;
  /// What is wrong with what the process is given (its configuration file, its secrets), for
  /// snapshot(). Replaces what was noted before.
  void note_problems(std::vector<std::string> problems) { problems_ = std::move(problems); }
  /// See HousePorts::stays.
  [[nodiscard]] bool stays() const noexcept { return ports_.stays; }
  /// Those that are not served now, and why.
  [[nodiscard]] std::vector<std::pair<base::OwnerKey, std::string>> unserved() const;
  [[nodiscard]] Snapshot snapshot() const;
  /// Those that run now.
  [[nodiscard]] std::vector<SetRunner*> sets() const;

 private:
  struct Place;

  void add(base::OwnerKey const& owner, SetSettings settings);
  [[nodiscard]] static std::string reason_of(Place const& place);
  void add_left(base::OwnerKey const& owner, SetSettings settings);
  void change(Place& place, SetSettings settings, SetChange what);
  void come_back(Place& place);
  bool leave(Place& place, Missing missing);
  boost::asio::awaitable<void> keep(Place* place);
  Task<void> attempt(Place* place);
  Task<store::ScaleSetKey> open(Place* place);
  Task<SetRecord> find_record(Place* place);
  Result<void> make_runner(Place& place, SetRecord record);
  [[nodiscard]] std::optional<std::chrono::milliseconds> next_attempt(Place& place,
                                                                      Result<void> const& ended);
  std::chrono::milliseconds failed(Place& place, Error const& error);
  void note_end(Place const& place, Error const& error);
  [[nodiscard]] bool is_leaving(Place const& place) const noexcept;
  [[nodiscard]] bool is_over() const noexcept;
  void forget_what_is_over();
  boost::asio::awaitable<void> keep_budgets();
  void note_change();
  void share_budgets();

  boost::asio::any_io_executor executor_;
  HousePorts ports_;
  base::Logger log_;
  std::map<base::OwnerKey, std::unique_ptr<Place>> places_;
  std::optional<Error> first_error_;
  std::vector<std::string> problems_;
  std::optional<std::string> drained_because_;
  bool detached_ = false;
  bool running_now_ = false;
  base::Condition changed_;  // a scale set has ended, or all are to end
  BudgetDesk desk_;
  bool keeps_budgets_ = false;  // keep_budgets() runs
  bool unshared_ = false;       // something has happened since the budgets were divided
  bool ended_ = false;
  base::Condition budgets_changed_;
  async::TaskScope running_;
};

}  // namespace scaleset::daemon
