#include "http/testing/tcp_gate.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <stdexcept>
#include <utility>

namespace scaleset::http::testing {
namespace asio = boost::asio;

struct TcpGate::Link {
  explicit Link(asio::io_context& context) : client(context), server(context) {}
  void close() {
    boost::system::error_code ignored;
    client.close(ignored);
    server.close(ignored);
  }
  Socket client;
  Socket server;
  bool swallows = false;
};

TcpGate::TcpGate(std::uint16_t target_port)
    : acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
      target_(asio::ip::address_v4::loopback(), target_port),
      port_(acceptor_.local_endpoint().port()) {
  asio::co_spawn(context_, accept(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

TcpGate::~TcpGate() {
  context_.stop();
  thread_.join();
}

int TcpGate::connections() {
  int count = 0;
  on_thread([this, &count] { count = connections_; });
  return count;
}

void TcpGate::stall() {
  on_thread([this] { stalled_ = true; });
}

void TcpGate::resume() {
  on_thread([this] {
    stalled_ = false;
    resumed_.notify_all();
  });
}

void TcpGate::slice(std::size_t bytes) {
  on_thread([this, bytes] { slice_ = bytes; });
}

void TcpGate::reset() {
  for_each_link([](Link& link) {
    link.client.set_option(asio::socket_base::linger(true, 0));
    link.close();
  });
}

void TcpGate::swallow() {
  for_each_link([](Link& link) { link.swallows = true; });
}

void TcpGate::vanish() {
  for_each_link([](Link& link) {
    link.swallows = true;
    // A socket filter that accepts nothing, so that the kernel drops every segment before TCP sees
    // it.
    sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
    sock_fprog const program{1, &nothing};
    if (::setsockopt(link.client.native_handle(), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                     sizeof program) != 0)
      throw std::runtime_error("cannot attach a filter to a socket");
  });
}

void TcpGate::for_each_link(std::function<void(Link&)> const& action) {
  on_thread([this, &action] {
    for (auto const& weak : links_) {
      std::shared_ptr<Link> const link = weak.lock();
      if (link && link->client.is_open()) action(*link);
    }
  });
}

void TcpGate::on_thread(std::function<void()> action) {
  std::packaged_task<void()> task(std::move(action));
  asio::post(context_, [&task] { task(); });
  task.get_future().get();
}

asio::awaitable<void> TcpGate::accept() {
  while (true) {
    auto const link = std::make_shared<Link>(context_);
    boost::system::error_code error;
    co_await acceptor_.async_accept(link->client, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    ++connections_;
    links_.push_back(link);
    asio::co_spawn(context_, serve(link), asio::detached);
  }
}

asio::awaitable<void> TcpGate::serve(std::shared_ptr<Link> link) {
  boost::system::error_code error;
  co_await link->server.async_connect(target_, asio::redirect_error(asio::use_awaitable, error));
  if (error) {
    link->close();
    co_return;
  }
  for (Socket* const socket : {&link->client, &link->server})
    socket->set_option(asio::ip::tcp::no_delay(true));
  asio::co_spawn(context_, pump(link, &link->client, &link->server), asio::detached);
  asio::co_spawn(context_, pump(link, &link->server, &link->client), asio::detached);
}

asio::awaitable<void> TcpGate::pump(std::shared_ptr<Link> link, Socket* from, Socket* to) {
  std::array<char, 16384> buffer{};
  boost::system::error_code error;
  while (true) {
    std::size_t const size = co_await from->async_read_some(
        asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
    while (stalled_) {
      co_await resumed_.wait_despite_cancellation();
    }
    if (link->swallows) {
      if (size == 0) co_return;  // the other side is not told of the end
      continue;
    }
    if (size == 0) break;
    co_await pass(link, to, std::string(buffer.data(), size));
  }
  link->close();
}

asio::awaitable<void> TcpGate::pass(std::shared_ptr<Link> link, Socket* to, std::string bytes) {
  std::size_t const step = slice_ == 0 ? bytes.size() : slice_;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    boost::system::error_code error;
    asio::const_buffer const part =
        asio::buffer(bytes.data() + at, std::min(step, bytes.size() - at));
    co_await asio::async_write(*to, part, asio::redirect_error(asio::use_awaitable, error));
    if (error) link->close();
  }
}

}  // namespace scaleset::http::testing
