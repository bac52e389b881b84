#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/pretend/pretend_world.hpp"
#include "base/files.hpp"
#include "daemon/control.hpp"
#include "daemon/house.hpp"
#include "daemon/journal_writer.hpp"
#include "mortality.hpp"
#include "surroundings.hpp"

namespace scaleset::simulation {

/// The clocks of a host, of which the system clock may be wrong.
class HostClock final : public Clock {
 public:
  explicit HostClock(std::shared_ptr<Clock> right) : right_(std::move(right)) {}
  [[nodiscard]] Now now() const noexcept override {
    auto now = right_->now();
    now.wall += wrong_by_;
    return now;
  }
  /// Moves the system clock; back if the time is negative.
  void jump(std::chrono::seconds by) noexcept { wrong_by_ += by; }

 private:
  std::shared_ptr<Clock> right_;
  std::chrono::seconds wrong_by_{0};
};

/// One life: everything that kill -9 would end.
struct DaemonLife {
  DaemonLife(boost::asio::any_io_executor executor, store::Journal journal,
             std::shared_ptr<Mortality> const& mortality)
      : writer(executor, executor, std::move(journal)), book(writer, mortality) {}
  daemon::JournalWriter writer;
  MortalBook book;
  std::unique_ptr<daemon::House> house;
  std::unique_ptr<daemon::Control> control;
  std::optional<Result<void>> ended;
};

/// A host: a machine that runs runners, a disk with a journal, clocks, and one life of the daemon
/// after the other. Nothing goes wrong unless it is told to.
class Host {
 public:
  explicit Host(Surroundings& around);
  Host(Host const&) = delete;
  Host& operator=(Host const&) = delete;

  /// Errors: the journal cannot be opened, or an earlier life has damaged it. There must be no
  /// daemon.
  Result<void> start(daemon::SetSettings settings);
  /// As with a configuration file, which may change.
  Result<void> start(std::vector<daemon::SetSettings> sets, daemon::BudgetDesk::Budgets budgets);
  /// As a reload of the file does. There must be a daemon.
  void serve(std::vector<daemon::SetSettings> sets, daemon::Missing missing);
  void budget(daemon::BudgetDesk::Budgets budgets);
  /// As when credentials are read again.
  void reload();
  /// As over the control socket. `done` gets the line of the answer, if there is one before the end
  /// of the daemon.
  void command(daemon::ControlRequest request, std::function<void(std::string const&)> done);
  /// As SIGTERM. It ends within seconds.
  void detach();
  /// As SIGINT. It ends when its runners have ended.
  void drain();
  /// Removes what is left of a daemon that has ended. False: it has not ended.
  bool bury();
  /// Ends all runners, without telling anybody. There must be no daemon.
  boost::asio::awaitable<void> finish() { return machine_.finish(); }

  /// Whether there is a daemon, or what is left of one.
  [[nodiscard]] bool has_daemon() const { return daemon_ != nullptr; }
  [[nodiscard]] bool has_ended() const { return !daemon_ || daemon_->ended.has_value(); }
  [[nodiscard]] bool has_ended_by_itself() const { return daemon_ && has_ended() && !stopping_; }
  /// Whether it died at Mortality::dies_at_commit, or was killed.
  [[nodiscard]] bool is_dead() const { return mortality_->dead; }
  /// Whether the daemon was told to end.
  [[nodiscard]] bool is_stopping() const { return stopping_; }
  [[nodiscard]] std::filesystem::path journal() const { return folder_.path() / "journal"; }
  /// Of the first scale set.
  [[nodiscard]] daemon::SetSnapshot snapshot() const;
  [[nodiscard]] std::vector<daemon::SetSnapshot> snapshots() const;
  [[nodiscard]] std::size_t instances() const;  // that live
  [[nodiscard]] backends::PretendWorld& machine() noexcept { return machine_; }
  [[nodiscard]] backends::PretendWorld const& machine() const noexcept { return machine_; }
  [[nodiscard]] Mortality& mortality() noexcept {
    return *mortality_;
  }  // of the daemon's last life
  [[nodiscard]] HostClock& clock() noexcept { return *clock_; }

  /// The organizations, by their URLs, whose credentials the service refuses.
  std::set<std::string> revoked;

  // For whoever watches what the daemon sends and gets. May be null.
  std::function<void(HttpRequest const&)> on_request;
  std::function<void(HttpResponse const&)> on_answer;

 private:
  Result<void> begin(std::vector<daemon::SetSettings> sets, daemon::HousePorts ports);
  Result<daemon::SetPorts> make_ports(daemon::SetSettings const& settings,
                                      base::OwnerKey const& owner);

  Surroundings& around_;
  base::TemporaryDirectory folder_;
  std::shared_ptr<HostClock> clock_;
  backends::PretendWorld machine_;
  std::shared_ptr<Mortality> mortality_ = std::make_shared<Mortality>();
  std::unique_ptr<DaemonLife> daemon_;
  bool stopping_ = false;  // whether the daemon was told to end
};

}  // namespace scaleset::simulation
