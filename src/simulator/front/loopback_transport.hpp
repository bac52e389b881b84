#pragma once

#include "scaleset/async/transport.hpp"
#include "simulator/front/front.hpp"

namespace scaleset::simulator {

/// The simulator as a client's transport: calls are dispatched in the same process, on the loop of
/// the caller, with no socket. What would be a closed connection is ErrorCode::network with
/// request_sent. Host names, certificates and limits of size are not looked at.
class LoopbackTransport final : public HttpTransport {
 public:
  /// The front outlives all calls.
  explicit LoopbackTransport(Front* front) : front_(front) {}

  /// When it is cancelled or runs out of time it cancels the dispatch, as the HTTP server does when
  /// its peer goes away, and returns once the dispatch has ended.
  Task<HttpResponse> send(HttpRequest request) override;

 private:
  Front* front_;
};

}  // namespace scaleset::simulator
