#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "scaleset/async/transport.hpp"
#include "scaleset/options.hpp"

namespace scaleset::http {

/// libcurl multi on an Asio executor: HTTP/2 where the server offers it over TLS, proxies, TLS.
/// Polls and control calls have connections of their own. All use from the executor's one thread.
[[nodiscard]] std::shared_ptr<HttpTransport> make_curl_transport(
    boost::asio::any_io_executor executor, TransportOptions options);

}  // namespace scaleset::http
