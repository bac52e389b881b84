#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <limits>
#include <string>
#include <utility>

#include "base/condition.hpp"
#include "http/testing/loopback.hpp"
#include "scaleset/async/scope.hpp"

/// For tests only: a server that sends exactly the given bytes, whether they are valid HTTP or not.
namespace scaleset::http::testing {

class RawServer {
 public:
  enum class After { keep, close };

  /// Answers every request with `answer`. The requests must not have a body.
  RawServer(Loopback& loop, std::string answer, After after)
      : loop_(loop),
        answer_(std::move(answer)),
        after_(after),
        acceptor_(loop.context(), {boost::asio::ip::address_v4::loopback(), 0}),
        scope_(loop.executor()) {
    scope_.spawn(accept());
  }
  RawServer(RawServer const&) = delete;
  RawServer& operator=(RawServer const&) = delete;
  ~RawServer() {
    acceptor_.close();
    scope_.request_stop();
    loop_.run(scope_.join());
  }

  [[nodiscard]] std::string url(std::string const& target) const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + target;
  }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int requests() const { return requests_; }
  /// Answers the first `number` requests, counted from the beginning, and holds later ones.
  void answer_up_to(int number) {
    answered_up_to_ = number;
    released_.notify_all();
  }
  [[nodiscard]] std::string const& last_request() const { return last_request_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;

  boost::asio::awaitable<void> accept() {
    while (!scope_.stop_requested()) {
      Socket socket(loop_.context());
      boost::system::error_code error;
      co_await acceptor_.async_accept(
          socket, boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (error) co_return;
      ++connections_;
      scope_.spawn(serve(std::move(socket)));
    }
  }
  boost::asio::awaitable<void> serve(Socket socket) {
    std::string received;
    boost::system::error_code error;
    while (!error) {
      auto buffer = boost::asio::dynamic_buffer(received);
      std::size_t const size = co_await boost::asio::async_read_until(
          socket, buffer, "\r\n\r\n",
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (error) co_return;
      last_request_ = received.substr(0, size);
      received.erase(0, size);
      int const number = ++requests_;
      while (number > answered_up_to_ && !scope_.stop_requested()) {
        co_await released_.wait();
      }
      co_await boost::asio::async_write(
          socket, boost::asio::buffer(answer_),
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (after_ == After::close) co_return;
    }
  }

  Loopback& loop_;
  std::string answer_;
  After after_;
  boost::asio::ip::tcp::acceptor acceptor_;
  async::TaskScope scope_;
  int answered_up_to_ = std::numeric_limits<int>::max();
  base::Condition released_;
  int connections_ = 0;
  int requests_ = 0;
  std::string last_request_;
};

}  // namespace scaleset::http::testing
