#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "simulator/front/apps.hpp"
#include "simulator/model/options.hpp"
#include "simulator/scenario/timeline.hpp"

namespace scaleset::simulator {

struct SimulatorOptions {
  SimulatorOptions() = default;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the system chooses
  ModelOptions model;
  /// Time stands still until POST /_sim/clock/advance. It starts at the machine's time, or at the
  /// state file's if that is later.
  bool virtual_clock = false;
  /// Empty: nothing is kept. Else the world is loaded from it if it exists, and every change is
  /// added to it (state_file.hpp; mode 0600) before any answer that tells of the change:
  /// after kill -9 a restart on the same port goes on where it was. Faults and the transcript are
  /// not kept.
  std::filesystem::path state_file;
  /// HTTPS with a private authority of its own, for localhost, the loopback addresses and
  /// `address`. The authority is kept in the state file; without one every start has a new one.
  bool tls = false;
  /// With TLS: its certificate, PEM, is written there for clients; empty: nowhere.
  std::filesystem::path tls_ca_file;
  /// With TLS: the server's certificate expired yesterday.
  bool tls_expired_leaf = false;
  /// The GitHub Apps that may log in; none: any may. Not kept in the state file.
  std::vector<App> apps;
  /// Calls of the control API that are made as time goes by. All of them must be acceptable.
  Timeline timeline;
  /// For ids that are the same in every run. None: random. A state file's own sequence goes on.
  std::optional<std::uint64_t> seed;
  std::shared_ptr<LogSink> log;
};

/// GitHub's side on one port of this machine (spec 10): REST API, Actions service, message queue,
/// the runners' endpoints, and control routes below /_sim (described in front/control_api.hpp).
/// Clients point their config URL at it and need nothing else. One thread: the executor's.
class Simulator {
 public:
  /// Starts to listen. Errors: io (address in use, state file unreadable or unwritable),
  /// invalid_argument (a call of the timeline would be refused), malformed_response (state file
  /// corrupt or of another profile; it is left as it is).
  static Result<std::unique_ptr<Simulator>> start(boost::asio::any_io_executor executor,
                                                  SimulatorOptions options);
  Simulator(Simulator const&) = delete;
  Simulator& operator=(Simulator const&) = delete;
  /// stop() must have been awaited.
  ~Simulator();

  /// "http://127.0.0.1:PORT"
  [[nodiscard]] std::string const& url() const noexcept;
  /// What to give a client as its config URL; `tenant_path` is "my-org", "owner/repository" or
  /// "enterprises/name". Tenants come into being when first used.
  [[nodiscard]] std::string config_url(std::string_view tenant_path) const;
  /// Ends held polls, closes all connections; returns when nothing runs any more. The state file is
  /// up to date before and after.
  boost::asio::awaitable<void> stop();

 private:
  class Impl;
  explicit Simulator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::simulator
