#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <exception>
#include <memory>
#include <optional>

#include "base/condition.hpp"
#include "http/server.hpp"
#include "simulator/front/front.hpp"

namespace scaleset::simulator {

/// A request that is being dispatched, shared by the dispatch and whoever waits for its answer.
struct Exchange {
  std::optional<http::ServerResponse> response;  // has a value once the dispatch has ended
  std::exception_ptr failure;                    // what the dispatch threw; null: nothing
  base::Condition ended;
  /// Emit terminal cancellation for a peer that has gone away, as the HTTP server does.
  boost::asio::cancellation_signal cancel;
};

/// Starts to dispatch the request, from the executor's queue. The front outlives the dispatch. If
/// it throws, the answer is the HTTP server's 500.
[[nodiscard]] std::shared_ptr<Exchange> begin_exchange(boost::asio::any_io_executor const& executor,
                                                       Front* front, http::ServerRequest request);

}  // namespace scaleset::simulator
