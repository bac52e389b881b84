#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "host.hpp"
#include "surroundings.hpp"

namespace scaleset::simulation {

/// The autoscaler as it ships, with everything around it pretended, in virtual time: one service,
/// and a host with one life of the daemon after the other. Nothing goes wrong unless it is told to.
class Stage {
 public:
  using Duration = std::chrono::milliseconds;

  /// The same seed gives the same run. `log` gets the daemon's log lines; may be null.
  Stage(std::uint64_t seed, simulator::Profile profile, std::shared_ptr<LogSink> log);
  Stage(Stage const&) = delete;
  Stage& operator=(Stage const&) = delete;
  ~Stage();

  // The daemon. A host has at most one at a time.
  /// For a scale set "set", of which only the rest needs to be filled in.
  [[nodiscard]] daemon::SetSettings settings(std::string name = "set") const;
  Result<void> start(daemon::SetSettings settings) { return host_.start(std::move(settings)); }
  /// As kill -9: what it would still do does not reach anybody.
  void kill() { kill(host_); }
  void kill(Host& host);
  /// As SIGTERM. Returns when it has ended; false if it does not end.
  bool detach() { return detach(host_); }
  bool detach(Host& host);
  void drain() { host_.drain(); }
  [[nodiscard]] bool has_ended() const { return host_.has_ended(); }
  [[nodiscard]] bool is_dead() const { return host_.is_dead(); }
  [[nodiscard]] daemon::SetSnapshot snapshot() const { return host_.snapshot(); }
  [[nodiscard]] std::size_t instances() const { return host_.instances(); }
  [[nodiscard]] backends::PretendWorld& machine() noexcept { return host_.machine(); }
  [[nodiscard]] Mortality& mortality() noexcept { return host_.mortality(); }
  [[nodiscard]] Host& host() noexcept { return host_; }
  /// One that shares neither disk nor lock nor machine with the first.
  [[nodiscard]] Host& other_host() noexcept { return other_host_; }

  // What is around it.
  void pass(Duration time);
  /// Lets time pass until `condition` holds; false if it does not within `limit`.
  bool pass_until(std::function<bool()> const& condition, Duration limit);
  /// All hosts sleep: both clocks move at once, and everything that was due meanwhile is due then.
  void sleep(Duration time);
  void queue_jobs(std::int64_t count, std::string label = "set",
                  std::string const& tenant = "my-org");
  [[nodiscard]] simulator::Tenant const& tenant() const { return around_.tenant(); }
  [[nodiscard]] simulator::Front& front() noexcept { return around_.service->front(); }
  [[nodiscard]] RunnerProgram& program() noexcept { return around_.program; }

  /// After each moment in which something happens. May be null.
  std::function<void()> on_step;

 protected:
  void finish();

  Surroundings around_;
  Host host_{around_};
  Host other_host_{around_};

 private:
  [[nodiscard]] std::chrono::steady_clock::time_point now() const {
    return around_.time.clock()->now().steady;
  }
  void step(std::chrono::steady_clock::time_point until);
  boost::asio::awaitable<void> end_surroundings();

  bool finished_ = false;
};

}  // namespace scaleset::simulation
