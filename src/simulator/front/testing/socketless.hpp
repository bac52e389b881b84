#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "base/loop_timer.hpp"
#include "simulator/front/exchange.hpp"
#include "simulator/front/front.hpp"
#include "simulator/front/routes.hpp"

/// For tests and fuzz targets: the simulator's whole front as a function that returns at once.
namespace scaleset::simulator::testing {

/// Answers requests without a socket, without a file, and with a clock that stands still: the same
/// requests in the same order get the same answers (except for the keys in JIT configurations).
class Socketless {
 public:
  explicit Socketless(ModelOptions options = {})
      : front(Model(std::move(options), first_world()),
              TimeKeeper(base::loop_clock(context_.get_executor()), first_world().now),
              Secret("the key of the tokens"), key(), std::nullopt, 1, operation_names(),
              base::Logger(nullptr, "simulator")) {}

  /// A poll that would be held ends with 202, as if its peer had gone. The answer to a call that a
  /// fault or a latency delays has `drop_connection`.
  http::ServerResponse answer(http::ServerRequest request) {
    std::shared_ptr<Exchange> const exchange =
        begin_exchange(context_.get_executor(), &front, std::move(request));
    run();
    // Things that are due at once happen, as they would by the timer of a running clock.
    front.live.catch_up();
    static_cast<void>(front.live.commit_changes());
    run();
    exchange->cancel.emit(boost::asio::cancellation_type::terminal);
    run();
    if (exchange->failure) std::rethrow_exception(exchange->failure);
    return std::move(exchange->response.value());
  }

 private:
  static World first_world() {
    World world;
    world.now = Timestamp(std::chrono::seconds(1795449600));  // 2026-11-23T16:00:00Z
    world.random_state = 1;
    return world;
  }
  /// Keys take a while to make, so there is one for all.
  static base::RsaPrivateKey key() {
    static base::RsaPrivateKey const made = base::RsaPrivateKey::generate(2048);
    return made;
  }
  void run() {
    context_.restart();
    context_.poll();
  }

  boost::asio::io_context context_{1};

 public:
  Front front;
};

}  // namespace scaleset::simulator::testing
