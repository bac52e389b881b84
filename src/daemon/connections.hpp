#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <vector>

#include "http/resolver.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/options.hpp"

namespace scaleset::daemon {

/// Whether clients with these options can use the same connections.
[[nodiscard]] bool can_share_connections(TransportOptions const& one,
                                         TransportOptions const& other);

/// The transports of this process (ADR 54). Scale sets whose clients connect in the same way share
/// one, and so its connections and what libcurl keeps for them. All of them find hosts by one
/// Resolver. Used on the executor's thread; the transports may outlive it.
class Connections {
 public:
  explicit Connections(boost::asio::any_io_executor executor,
                       std::shared_ptr<LogSink> log = nullptr,
                       http::Resolver::LookUp look_up = &http::look_up_host);
  /// Made if nobody has one with such options now. `options` are finalized ones. For the
  /// constructor of async::Client, whose clients then share tokens too if they have the same
  /// credentials (ADR 19).
  [[nodiscard]] std::shared_ptr<HttpTransport> get(TransportOptions const& options);

 private:
  struct Entry {
    TransportOptions options;
    std::weak_ptr<HttpTransport> transport;
  };
  boost::asio::any_io_executor executor_;
  std::shared_ptr<LogSink> log_;
  std::shared_ptr<http::Resolver> resolver_;
  std::vector<Entry> entries_;
};

}  // namespace scaleset::daemon
