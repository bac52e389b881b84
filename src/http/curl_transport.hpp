#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "http/resolver.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/options.hpp"

namespace scaleset::http {

/// Makes a transport that runs libcurl's multi interface on an Asio executor. It uses HTTP/2 where
/// the server offers it over TLS. Polls and control calls have separate connections.
/// redirect_target() says which redirects are followed. Use the transport only on the executor's
/// one thread.
///
/// If the options cannot work, every call fails with the error of TransportSettings::make(). If
/// certificates are not verified, one warning is logged.
///
/// Host names are found by `resolver`, which several transports of one executor can share; without
/// one, libcurl makes a thread for each look-up.
[[nodiscard]] std::shared_ptr<HttpTransport> make_curl_transport(
    boost::asio::any_io_executor executor, TransportOptions options,
    std::shared_ptr<LogSink> log = nullptr, std::shared_ptr<Resolver> resolver = nullptr);

/// Whether make_curl_transport() made it.
[[nodiscard]] bool is_curl_transport(HttpTransport const& transport) noexcept;

/// From now on new connections of the transport use what the certificate files hold now. Reads
/// files. Does nothing for a transport of the user's. Errors: invalid_options, and the transport
/// goes on with what it has read before.
[[nodiscard]] Result<void> read_certificates_again(HttpTransport& transport);

}  // namespace scaleset::http
