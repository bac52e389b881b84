#pragma once

#include <sys/resource.h>

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "backends/disk_threads.hpp"
#include "backends/process/shared_look.hpp"
#include "daemon/book.hpp"
#include "daemon/connections.hpp"
#include "daemon/currency.hpp"
#include "daemon/house_config.hpp"
#include "daemon/set_runner.hpp"
#include "daemon/set_settings.hpp"
#include "daemon/start_door.hpp"
#include "scaleset/client.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// What the client of a scale set is made with. Reads its secrets. Errors: those of finalize(), and
/// of the proxy's password.
[[nodiscard]] Result<std::shared_ptr<FinalizedClientOptions const>> client_options(
    SetSettings const& settings, Hooks const& hooks);

/// Reads the certificates of a client on the disk's thread, so that the loop, which reads them
/// again at once, does not wait for a disk that hangs. Errors: timeout, cancelled. `disk` outlives
/// the call.
[[nodiscard]] Task<void> certificates_ready(base::Background* disk,
                                            std::shared_ptr<Access const> access);

/// What all scale sets of a process share.
struct SharedPorts {
  SharedPorts(boost::asio::any_io_executor executor, Hooks const& hooks);
  /// The start rates of credentials may be others from now on.
  void configure(HouseConfig const& config);
  /// Of the credential.
  [[nodiscard]] std::shared_ptr<StartDoor> door_of(Access const& access);
  /// client_options(), made once for scale sets that are alike in all that it depends on.
  [[nodiscard]] Result<std::shared_ptr<FinalizedClientOptions const>> options_of(
      SetSettings const& settings, Hooks const& hooks);

  boost::asio::any_io_executor executor;
  std::shared_ptr<LogSink> log;
  backends::DiskThreads disk;
  std::shared_ptr<backends::SharedLook> looks = std::make_shared<backends::SharedLook>();
  Connections connections;
  std::map<std::string, std::shared_ptr<StartDoor>> doors;  // by Access::identity
  std::map<std::string, std::weak_ptr<FinalizedClientOptions const>>
      options;  // by URL and identity
  std::shared_ptr<Currency> currency = std::make_shared<Currency>();
};

/// Makes the clients and the backends of scale sets: HousePorts::make_ports.
class RealPorts {
 public:
  /// `shared` outlives the scale sets.
  RealPorts(boost::asio::any_io_executor executor, Hooks hooks, SharedPorts& shared);
  Result<SetPorts> operator()(SetSettings const& settings, base::OwnerKey const& owner,
                              SetRecord const& record) const;

 private:
  boost::asio::any_io_executor executor_;
  Hooks hooks_;
  SharedPorts& shared_;
  /// Each runner takes a few descriptors here. Its jobs must not notice the higher limit.
  std::optional<rlim_t> jobs_limit_;
};

}  // namespace scaleset::daemon
