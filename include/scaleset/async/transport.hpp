#pragma once

#include <boost/asio/awaitable.hpp>

#include "scaleset/error.hpp"
#include "scaleset/http.hpp"

namespace scaleset::inline v0 {

/// What every coroutine of this library returns. Lazy: nothing happens before it is awaited or
/// spawned.
///
/// Cancellation: emit `asio::cancellation_type::terminal` on the slot the coroutine was spawned
/// with; the pending call ends with ErrorCode::cancelled. The library switches off Asio's throwing
/// on cancellation in coroutines it spawns (TaskScope); spawn others the same way if they are to be
/// cancelled.
template <class T>
using Task = boost::asio::awaitable<Result<T>>;

/// Carries HTTP exchanges. Any HTTP status is a value. An error means that there was no response
/// (network, timeout, tls_verification, proxy_authentication, cancelled), or that the response is a
/// redirection to another host. The client uses it only on the thread that runs its executor.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  /// Makes one attempt, within `request.timeout`. Cancelling ends it at once with
  /// ErrorCode::cancelled. Error::request_sent must be true unless the peer cannot have seen the
  /// request.
  virtual Task<HttpResponse> send(HttpRequest request) = 0;
};

}  // namespace scaleset::inline v0
