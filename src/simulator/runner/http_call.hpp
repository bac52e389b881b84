#pragma once

#include "scaleset/async/transport.hpp"

namespace scaleset::simulator::pretend {

/// One HTTP/1.1 exchange on a connection of its own: the pretend runner must not share the client's
/// transport, so that one misreading does not hide in both. For https the service's certificate
/// must be good for its host by the system's certificate authorities, or by SSL_CERT_FILE where
/// that is set; with GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY=1 any will do (spec 11.3). `timeout` is
/// for all of it. Errors: invalid_argument (no http URL), network, timeout, cancelled (terminal
/// cancellation).
Task<HttpResponse> http_call(HttpRequest request);

}  // namespace scaleset::simulator::pretend
