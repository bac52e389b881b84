#pragma once

#include <boost/asio/awaitable.hpp>

#include "scaleset/async/asio.hpp"  // before anything of Boost
#include "scaleset/error.hpp"
#include "scaleset/http.hpp"

namespace scaleset::inline v0 {

/// What every coroutine of this library returns. Lazy: nothing happens before it is awaited or
/// spawned.
///
/// Cancellation: emit `asio::cancellation_type::terminal` on the slot the coroutine was spawned
/// with; the pending call ends with ErrorCode::cancelled. Asio throws in a coroutine that is
/// cancelled unless its outermost one says otherwise, so spawn one that does (TaskScope does it for
/// you):
///
///     asio::awaitable<void> work() {
///       co_await asio::this_coro::throw_if_cancelled(false);
///       auto runners = co_await client.list_runners();  // ends with ErrorCode::cancelled
///     }
///     asio::co_spawn(context, work(), asio::bind_cancellation_slot(signal.slot(),
///     asio::detached));
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
