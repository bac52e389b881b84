#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "scaleset/async/transport.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/options.hpp"

namespace scaleset::http {

/// libcurl multi on an Asio executor: HTTP/2 where the server offers it over TLS, proxies, TLS.
/// Polls and control calls have connections of their own. Redirects: see redirect_target(). All use
/// from the executor's one thread.
///
/// Options that cannot work (see TransportSettings::make) are the error of every call. The log
/// hears, once, that certificates are not verified.
[[nodiscard]] std::shared_ptr<HttpTransport> make_curl_transport(
    boost::asio::any_io_executor executor, TransportOptions options,
    std::shared_ptr<LogSink> log = nullptr);

}  // namespace scaleset::http
