#pragma once

#include "scaleset/async/transport.hpp"

namespace scaleset::simulator::pretend {

/// One HTTP/1.1 exchange on a connection of its own. The pretend runner does not share the client's
/// transport, so that a misreading of the service cannot hide in both. For https, the certificate
/// must be valid for the host according to the system's certificate authorities, or those in
/// SSL_CERT_FILE if that is set; with GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY=1 any certificate is
/// accepted (protocol.md 11.3). Goes through the proxy that the environment names
/// (proxy_choice.hpp). `timeout` is for the whole exchange. Errors: invalid_argument (not
/// an http URL), network, timeout, cancelled (terminal cancellation).
Task<HttpResponse> http_call(HttpRequest request);

}  // namespace scaleset::simulator::pretend
