#include "daemon/connections.hpp"

#include <tuple>
#include <utility>

#include "http/curl_transport.hpp"

namespace scaleset::daemon {

bool can_share_connections(TransportOptions const& one, TransportOptions const& other) {
  auto const parts = [](TransportOptions const& options) {
    // All members by name: one that is added makes this an error.
    auto const& [proxy, no_proxy, ca_bundle_file, ca_bundle, client_certificate_file,
                 client_key_file, verify_tls, connect_timeout, request_timeout, poll_timeout,
                 tcp_keepalive, max_response_bytes] = options;
    return std::tie(proxy, no_proxy, ca_bundle_file, ca_bundle, client_certificate_file,
                    client_key_file, verify_tls, connect_timeout, request_timeout, poll_timeout,
                    tcp_keepalive, max_response_bytes);
  };
  return parts(one) == parts(other);
}

Connections::Connections(boost::asio::any_io_executor executor, std::shared_ptr<LogSink> log,
                         http::Resolver::LookUp look_up)
    : executor_(std::move(executor)),
      log_(std::move(log)),
      resolver_(std::make_shared<http::Resolver>(executor_, std::move(look_up))) {}

std::shared_ptr<HttpTransport> Connections::get(TransportOptions const& options) {
  std::erase_if(entries_, [](Entry const& entry) { return entry.transport.expired(); });
  for (Entry const& entry : entries_)
    if (can_share_connections(entry.options, options)) return entry.transport.lock();
  auto made = http::make_curl_transport(executor_, options, log_, resolver_);
  entries_.push_back({options, made});
  return made;
}

}  // namespace scaleset::daemon
