#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/owner_key.hpp"
#include "daemon/book.hpp"
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
  /// Makes what a scale set needs: its client, and a maker of its backend.
  std::function<Result<SetPorts>(SetSettings const&, base::OwnerKey const&, SetRecord const&)>
      make_ports;
};

/// All scale sets that this process serves. Used on the executor's thread.
class House {
 public:
  House(boost::asio::any_io_executor executor, std::vector<SetSettings> sets, HousePorts ports);

  /// Serves the scale sets until drain() or detach(). One that ends with an error does not end the
  /// others; the error is logged at once if there are others. Returns the first error when all have
  /// ended.
  Task<void> run();
  /// See SetRunner. A `why` is a clause for the log, such as "SIGTERM was received".
  void drain(std::string const& why);
  void detach(std::string const& why);
  void reload();
  /// Detaches, and run() returns this error unless there was one before.
  void give_up(Error const& error);
  void report_waiting() const;
  [[nodiscard]] Snapshot snapshot() const;
  /// Those that are served, in the order of the snapshot.
  [[nodiscard]] std::vector<SetRunner*> sets() const;

 private:
  Result<void> open(SetSettings settings);
  void note_end(std::string const& set, Error const& error);
  boost::asio::awaitable<void> run_set(SetRunner* set);

  boost::asio::any_io_executor executor_;
  std::vector<SetSettings> settings_;
  HousePorts ports_;
  base::Logger log_;
  std::vector<std::unique_ptr<SetRunner>> sets_;
  std::optional<Error> first_error_;
  std::optional<std::string> drained_because_;
  bool detached_ = false;
  async::TaskScope running_;
};

}  // namespace scaleset::daemon
