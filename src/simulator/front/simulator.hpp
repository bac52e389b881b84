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

#include "base/jwt.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "simulator/front/parts/apps.hpp"
#include "simulator/model/options.hpp"
#include "simulator/scenario/timeline.hpp"

namespace scaleset::simulator {

struct Front;

struct SimulatorOptions {
  SimulatorOptions() = default;
  /// False: no port is opened, so that only transport() reaches the simulator.
  bool listen = true;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the system chooses
  ModelOptions model;
  /// Time stands still until POST /_sim/clock/advance. It starts at the machine's time, or at the
  /// state file's if that is later.
  bool virtual_clock = false;
  /// If it is not empty, the world is loaded from this file if it exists, and every change is
  /// written to it (parts/state_file.hpp; mode 0600) before any answer that tells of the change: a
  /// restart on the same port goes on where a killed simulator was. Faults and the transcript are
  /// not kept.
  std::filesystem::path state_file;
  /// Serves HTTPS with a certificate for localhost, the loopback addresses and `address`, from an
  /// authority of its own. The authority is kept in the state file; without one, every start makes
  /// a new authority.
  bool tls = false;
  /// With TLS, where to write the authority's certificate (PEM) for clients; empty: nowhere.
  std::filesystem::path tls_ca_file;
  /// With TLS, whether the server's certificate expired yesterday.
  bool tls_expired_leaf = false;
  /// The GitHub Apps that may log in. If there are none, any App may. Not kept in the state file.
  std::vector<App> apps;
  /// Calls of the control API and when to make them. start() fails if one would be refused.
  Timeline timeline;
  /// The same seed gives the same ids in every run; without one they are random. A world from a
  /// state file continues its own sequence.
  std::optional<std::uint64_t> seed;
  /// What runners identify themselves with, unless a state file has a key. If null, a new one is
  /// made, which takes a while.
  std::optional<base::RsaPrivateKey> key;
  std::shared_ptr<LogSink> log;
};

/// GitHub's side on one port of this machine (protocol.md 10): REST API, Actions service, message
/// queue, the runners' endpoints, and control routes below /_sim (described in front/control/). A
/// client only needs config_url(). Not thread-safe: use it only on the executor's thread.
class Simulator {
 public:
  /// Starts the simulator, which listens unless the options say otherwise. Errors: io (address in
  /// use, state file unreadable or unwritable), invalid_argument (a call of the timeline would be
  /// refused), malformed_response (state file corrupt or of another profile; it is left as it is).
  static Result<std::unique_ptr<Simulator>> start(boost::asio::any_io_executor executor,
                                                  SimulatorOptions options);
  Simulator(Simulator const&) = delete;
  Simulator& operator=(Simulator const&) = delete;
  /// stop() must have been awaited.
  ~Simulator();

  /// "http://127.0.0.1:PORT", or "http://simulator" if it does not listen.
  [[nodiscard]] std::string const& url() const noexcept;
  /// The config URL for a client. `tenant_path` is "my-org", "owner/repository" or
  /// "enterprises/name". A tenant is created when it is first used.
  [[nodiscard]] std::string config_url(std::string_view tenant_path) const;
  /// For clients in this process, on this executor: their calls are dispatched without a socket.
  /// The simulator outlives their calls.
  [[nodiscard]] std::shared_ptr<HttpTransport> transport() const;
  /// All its parts, for tests in this process.
  [[nodiscard]] Front& front() noexcept;
  /// Ends held polls, closes all connections, and returns when nothing runs any more. The state
  /// file is up to date before and after.
  boost::asio::awaitable<void> stop();

 private:
  class Impl;
  explicit Simulator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::simulator
