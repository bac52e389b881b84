#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

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
[[nodiscard]] std::shared_ptr<HttpTransport> make_curl_transport(
    boost::asio::any_io_executor executor, TransportOptions options,
    std::shared_ptr<LogSink> log = nullptr);

/// From now on new connections of the transport use what the certificate files hold now. Reads
/// files. Does nothing for a transport of the user's. Errors: invalid_options, and the transport
/// goes on with what it has read before.
[[nodiscard]] Result<void> read_certificates_again(HttpTransport& transport);

}  // namespace scaleset::http
