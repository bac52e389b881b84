#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "base/loop_timer.hpp"
#include "simulator/front/dispatch.hpp"
#include "simulator/front/front.hpp"
#include "simulator/front/routes.hpp"

/// For tests and fuzz targets: the simulator's whole front as a function that returns at once.
namespace scaleset::simulator::testing {

/// Answers requests without a socket, without a file, and with a clock that stands still: the same
/// requests in the same order get the same answers (except for the texts of tokens).
class Socketless {
 public:
  explicit Socketless(ModelOptions options = {})
      : front(Model(std::move(options), first_world()),
              TimeKeeper(base::loop_clock(context_.get_executor()), first_world().now), key(),
              key(), std::nullopt, 1, operation_names(), base::Logger(nullptr, "simulator")) {}

  /// A poll that would be held ends with 202, as if its peer had gone. The answer to a call that a
  /// fault or a latency delays has `drop_connection`.
  http::ServerResponse answer(http::ServerRequest request) {
    auto response = std::make_shared<std::optional<http::ServerResponse>>();
    boost::asio::cancellation_signal cancel;
    boost::asio::co_spawn(
        context_, handle(&front, std::move(request)),
        boost::asio::bind_cancellation_slot(
            cancel.slot(), [response](std::exception_ptr failure, http::ServerResponse made) {
              if (failure) std::rethrow_exception(failure);
              response->emplace(std::move(made));
            }));
    run();
    // Things that are due at once happen, as they would by the timer of a running clock.
    front.live.catch_up();
    static_cast<void>(front.live.commit_changes());
    run();
    cancel.emit(boost::asio::cancellation_type::terminal);
    run();
    return std::move(response->value());
  }

 private:
  static boost::asio::awaitable<http::ServerResponse> handle(Front* which,
                                                             http::ServerRequest request) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_return co_await dispatch(which, std::move(request));
  }
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
