#pragma once

#include <boost/asio/awaitable.hpp>

#include "scaleset/error.hpp"
#include "scaleset/http.hpp"

namespace scaleset {

/// What every coroutine of this library returns. Lazy: nothing happens before it is awaited or
/// spawned.
///
/// Cancellation: emit `asio::cancellation_type::terminal` on the slot the coroutine was spawned
/// with; the pending call ends with ErrorCode::cancelled. The library switches off Asio's throwing
/// on cancellation in coroutines it spawns (TaskScope); spawn others the same way if they are to be
/// cancelled.
template <class T>
using Task = boost::asio::awaitable<Result<T>>;

/// Carries one HTTP exchange. Any HTTP status is a value; an error means that there was no response
/// (network, timeout, tls_verification, proxy_authentication, cancelled), or that it says to ask at
/// another host. Used from one thread: the one that runs the executor it was made with.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  /// One attempt, within `request.timeout`. Cancelling ends it at once with ErrorCode::cancelled.
  /// Error::request_sent must be false only if the peer cannot have seen the request.
  virtual Task<HttpResponse> send(HttpRequest request) = 0;
};

}  // namespace scaleset
