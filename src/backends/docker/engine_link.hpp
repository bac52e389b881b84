#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "backends/docker/engine.hpp"
#include "base/condition.hpp"
#include "base/log.hpp"
#include "base/outage.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::backends::docker {

/// An engine that may go away and come back. Used on the executor's thread. Must outlive the tasks
/// of its scope.
class EngineLink {
 public:
  EngineLink(boost::asio::any_io_executor executor, http::ServerAddress address,
             http::Resolver* resolver, base::Logger log, async::TaskScope* scope);

  [[nodiscard]] Engine& engine() noexcept { return engine_; }
  /// What the engine is; it is asked if it was not yet, or if it has been away.
  Task<Version> ready();
  /// The same, but it is asked in any case.
  Task<Version> ask();
  /// To be told of every error of the engine's calls. If it is one of the connection, the engine
  /// counts as away from now on, and is asked until it answers.
  void note(Error const& error);
  [[nodiscard]] bool is_away() const noexcept { return away_; }
  /// Waits until it is not away. False when cancelled.
  boost::asio::awaitable<bool> wait_until_back();

 private:
  boost::asio::awaitable<void> look_for_it();

  boost::asio::any_io_executor executor_;
  Engine engine_;
  base::Logger log_;
  async::TaskScope& scope_;
  std::optional<Version> version_;
  base::Outage outage_;
  base::Condition back_;
  bool away_ = false;
};

}  // namespace scaleset::backends::docker
