#pragma once

#include <sys/resource.h>

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "daemon/book.hpp"
#include "daemon/set_runner.hpp"
#include "daemon/set_settings.hpp"
#include "scaleset/client.hpp"
#include "scaleset/hooks.hpp"

namespace scaleset::daemon {

/// What the client of a scale set is made with. Reads its secrets. Errors: those of finalize(), and
/// of the proxy's password.
[[nodiscard]] Result<std::shared_ptr<FinalizedClientOptions const>> client_options(
    SetSettings const& settings, Hooks const& hooks);

/// Makes the clients and the backends of scale sets: HousePorts::make_ports.
class RealPorts {
 public:
  RealPorts(boost::asio::any_io_executor executor, Hooks hooks);
  Result<SetPorts> operator()(SetSettings const& settings, base::OwnerKey const& owner,
                              SetRecord const& record) const;

 private:
  boost::asio::any_io_executor executor_;
  Hooks hooks_;
  /// Each runner takes a few descriptors here. Its jobs must not notice the higher limit.
  std::optional<rlim_t> jobs_limit_;
};

}  // namespace scaleset::daemon
