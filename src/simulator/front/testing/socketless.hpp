#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "simulator/front/dispatch.hpp"
#include "simulator/front/service.hpp"

/// For tests and fuzz targets: the simulator's whole front as a function.
namespace scaleset::simulator::testing {

/// From a request to its answer, with no socket, no file and no time that passes by itself: the
/// same requests in the same order get the same answers (but for the texts of tokens).
class Socketless {
 public:
  explicit Socketless(ModelOptions options = {})
      : service(context_.get_executor(), Model(std::move(options), first_world()),
                TimeKeeper(first_world().now), key(), key(), std::nullopt, 1,
                base::Logger(nullptr, "simulator")) {}

  /// A poll that would be held is cut off as if its peer had gone: 202. A call that a fault or a
  /// latency delays has `drop_connection`.
  http::ServerResponse answer(http::ServerRequest request) {
    auto response = std::make_shared<std::optional<http::ServerResponse>>();
    boost::asio::cancellation_signal cancel;
    boost::asio::co_spawn(
        context_, handle(&service, std::move(request)),
        boost::asio::bind_cancellation_slot(
            cancel.slot(), [response](std::exception_ptr failure, http::ServerResponse made) {
              if (failure) std::rethrow_exception(failure);
              response->emplace(std::move(made));
            }));
    run();
    // What is due at once happens, as by the timer of a simulator with a clock that runs.
    service.model.advance(service.now());
    static_cast<void>(service.settle());
    run();
    cancel.emit(boost::asio::cancellation_type::terminal);
    run();
    return std::move(response->value());
  }

 private:
  static boost::asio::awaitable<http::ServerResponse> handle(Service* which,
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
  /// Takes a while to make: one for all.
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
  Service service;
};

}  // namespace scaleset::simulator::testing
