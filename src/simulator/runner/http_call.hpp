#pragma once

#include "scaleset/async/transport.hpp"

namespace scaleset::simulator::pretend {

/// One HTTP/1.1 exchange on a connection of its own, plain http only: the pretend runner must not
/// share the client's transport, so that one misreading does not hide in both. `timeout` is for all
/// of it. Errors: invalid_argument (no http URL), network, timeout, cancelled (terminal
/// cancellation).
Task<HttpResponse> http_call(HttpRequest request);

}  // namespace scaleset::simulator::pretend
