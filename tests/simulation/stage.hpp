#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "backends/pretend/pretend_world.hpp"
#include "base/files.hpp"
#include "daemon/house.hpp"
#include "daemon/journal_writer.hpp"
#include "mortality.hpp"
#include "runner_program.hpp"
#include "scaleset/async/timer.hpp"
#include "seeded_random.hpp"
#include "simulator/front/front.hpp"
#include "simulator/front/simulator.hpp"

namespace scaleset::simulation {

/// One life: everything that kill -9 would end.
struct DaemonLife {
  DaemonLife(boost::asio::any_io_executor executor, store::Journal journal,
             std::shared_ptr<Mortality> const& mortality)
      : writer(executor, executor, std::move(journal)), book(writer, mortality) {}
  daemon::JournalWriter writer;
  MortalBook book;
  std::unique_ptr<daemon::House> house;
  std::optional<Result<void>> ended;
};

/// The autoscaler as it ships, with everything around it pretended, in virtual time: one service,
/// one machine with runners, and one life of the daemon after the other. Nothing goes wrong unless
/// it is told to.
class Stage {
 public:
  using Duration = std::chrono::milliseconds;

  /// The same seed gives the same run. `log` gets the daemon's log lines; may be null.
  Stage(std::uint64_t seed, simulator::Profile profile, std::shared_ptr<LogSink> log);
  Stage(Stage const&) = delete;
  Stage& operator=(Stage const&) = delete;
  ~Stage();

  // The daemon. There is at most one at a time.
  /// For a scale set "set", of which only the rest needs to be filled in.
  [[nodiscard]] daemon::SetSettings settings() const;
  /// Errors: the journal cannot be opened, or an earlier life has damaged it.
  Result<void> start(daemon::SetSettings settings);
  /// As kill -9: what it would still do does not reach anybody.
  void kill();
  /// As SIGTERM. Returns when it has ended; false if it does not end.
  bool detach();
  /// As SIGINT. It ends when its runners have ended.
  void drain();
  [[nodiscard]] bool has_ended() const { return !daemon_ || daemon_->ended.has_value(); }
  /// Whether it died at Mortality::dies_at_commit. kill() removes what is left of it.
  [[nodiscard]] bool is_dead() const { return mortality_->dead; }
  [[nodiscard]] daemon::SetSnapshot snapshot() const;

  // What is around it.
  void pass(Duration time);
  /// Lets time pass until `condition` holds; false if it does not within `limit`.
  bool pass_until(std::function<bool()> const& condition, Duration limit);
  void queue_jobs(std::int64_t count);
  [[nodiscard]] simulator::Tenant const& tenant() const;
  [[nodiscard]] std::size_t instances() const;  // that live
  [[nodiscard]] simulator::Front& front() noexcept { return service_->front(); }
  [[nodiscard]] RunnerProgram& program() noexcept { return *program_; }
  [[nodiscard]] backends::PretendWorld& machine() noexcept { return *machine_; }
  [[nodiscard]] Mortality& mortality() noexcept { return *mortality_; }

  // For whoever watches. May be null.
  std::function<void()> on_step;  // after each moment in which something happens
  std::function<void(HttpRequest const&)> on_request;
  std::function<void(HttpResponse const&)> on_answer;

 protected:
  void finish();

  std::shared_ptr<LogSink> log_;
  SeededRandom random_;
  boost::asio::io_context context_{1};
  async::VirtualTime time_{context_};
  base::TemporaryDirectory folder_;
  std::unique_ptr<simulator::Simulator> service_;
  std::unique_ptr<RunnerProgram> program_;
  std::unique_ptr<backends::PretendWorld> machine_;
  std::shared_ptr<Mortality> mortality_ = std::make_shared<Mortality>();
  std::unique_ptr<DaemonLife> daemon_;
  bool stopping_ = false;  // whether the daemon was told to end

 private:
  void step(std::chrono::steady_clock::time_point until);
  bool bury();
  boost::asio::awaitable<void> end_surroundings();
  [[nodiscard]] std::shared_ptr<SeededRandom> another_random();
  Result<daemon::SetPorts> make_ports(daemon::SetSettings const& settings,
                                      base::OwnerKey const& owner);

  bool finished_ = false;
};

}  // namespace scaleset::simulation
