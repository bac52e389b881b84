#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "http/server.hpp"

/// For tests only: one thread, one loop, servers on 127.0.0.1.
namespace scaleset::http::testing {

/// An io_context that runs until a coroutine has ended.
class Loopback {
 public:
  [[nodiscard]] boost::asio::any_io_executor executor() { return context_.get_executor(); }
  [[nodiscard]] boost::asio::io_context& context() { return context_; }

  /// Runs the loop until the task ends. Returns its value or throws its exception. Throws if it
  /// takes longer than 20 s.
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    auto failure = std::make_shared<std::exception_ptr>();
    boost::asio::co_spawn(context_, std::move(task),
                          [result, failure](std::exception_ptr exception, T value) {
                            *failure = exception;
                            *result = std::move(value);
                          });
    run_until([result] { return result->has_value(); });
    if (*failure) std::rethrow_exception(*failure);
    return std::move(**result);
  }
  void run(boost::asio::awaitable<void> task) { run(with_value(std::move(task))); }

  /// Runs the loop until the condition holds. Throws if it takes longer than 20 s.
  template <class Condition>
  void run_until(Condition condition) {
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      context_.restart();
      context_.run_one_until(deadline);
      if (std::chrono::steady_clock::now() >= deadline)
        throw std::runtime_error("the condition did not become true within 20 s");
    }
  }

 private:
  static boost::asio::awaitable<bool> with_value(boost::asio::awaitable<void> task) {
    co_await std::move(task);
    co_return true;
  }

  boost::asio::io_context context_{1};
};

/// A server on a free port that the system chooses. It stops at the end of the scope.
class LoopbackServer {
 public:
  LoopbackServer(Loopback& loop, ServerHandler handler, ServerOptions options = {},
                 std::shared_ptr<LogSink> log = nullptr)
      : loop_(loop) {
    auto server = Server::listen(loop.executor(), "127.0.0.1", 0, std::move(handler), options,
                                 std::move(log));
    if (!server) throw std::runtime_error(server.error().message);
    server_ = std::move(*server);
  }
  LoopbackServer(LoopbackServer const&) = delete;
  LoopbackServer& operator=(LoopbackServer const&) = delete;
  ~LoopbackServer() {
    if (server_) stop();
  }

  void stop() {
    loop_.run(server_->stop());
    server_.reset();
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] std::string url(std::string const& target) const {
    return "http://127.0.0.1:" + std::to_string(port()) + target;
  }

 private:
  Loopback& loop_;
  std::unique_ptr<Server> server_;
};

}  // namespace scaleset::http::testing
