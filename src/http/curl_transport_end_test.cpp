// How calls end without a response: they are cancelled, or their transport or loop is destroyed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "http/curl_transport.hpp"
#include "http/testing/loopback.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::hours kMustNotExpire{1};

using Outcomes = std::vector<Result<HttpResponse>>;

asio::awaitable<void> call(std::shared_ptr<HttpTransport> transport, HttpRequest request,
                           Outcomes* outcomes) {
  Task<HttpResponse> task = transport->send(std::move(request));
  transport.reset();
  Result<HttpResponse> outcome = co_await std::move(task);
  outcomes->push_back(std::move(outcome));
}

class CurlTransportEndTest : public ::testing::Test {
 protected:
  testing::Loopback loop;
  int held = 0;
  int released = 0;
  testing::LoopbackServer server{loop, [this](ServerRequest) { return hold(); }};
  std::shared_ptr<HttpTransport> transport =
      make_curl_transport(loop.executor(), TransportOptions());
  Outcomes outcomes;

  asio::awaitable<ServerResponse> hold() {
    ++held;
    co_await async::sleep_for(kMustNotExpire);
    ++released;
    co_return ServerResponse();
  }
  HttpRequest poll() {
    HttpRequest request;
    request.url = server.url("/");
    request.traffic = held % 2 == 0 ? TrafficClass::long_poll : TrafficClass::control;
    return request;
  }
  void expect_all_cancelled(std::size_t count) {
    ASSERT_EQ(outcomes.size(), count);
    for (auto const& outcome : outcomes) {
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, ErrorCode::cancelled);
    }
  }
};

TEST_F(CurlTransportEndTest, CancelledWhileUnderWay) {
  async::TaskScope scope(loop.executor());
  for (int i = 0; i < 10; ++i) scope.spawn(call(transport, poll(), &outcomes));
  loop.run_until([this] { return held == 10; });
  scope.request_stop();
  loop.run(scope.join());
  expect_all_cancelled(10);
  EXPECT_TRUE(outcomes[0].error().request_sent);
  EXPECT_THAT(outcomes[0].error().message, ::testing::StartsWith("the call to 127.0.0.1:"));
  loop.run_until([this] { return released == 10; });  // the server notices
}

TEST_F(CurlTransportEndTest, CancelledBeforeTheStart) {
  async::TaskScope scope(loop.executor());
  scope.request_stop();
  scope.spawn(call(transport, poll(), &outcomes));
  loop.run(scope.join());
  expect_all_cancelled(1);
  EXPECT_FALSE(outcomes[0].error().request_sent);
  EXPECT_EQ(held, 0);
}

TEST_F(CurlTransportEndTest, CancelledBeforeTheConnectionIsMade) {
  async::TaskScope scope(loop.executor());
  scope.spawn(call(transport, poll(), &outcomes));
  loop.context().run_one();  // starts the call, but curl has not done anything yet
  scope.request_stop();
  loop.run(scope.join());
  expect_all_cancelled(1);
  EXPECT_FALSE(outcomes[0].error().request_sent);
  EXPECT_EQ(held, 0);
}

TEST_F(CurlTransportEndTest, OneCancelledCallLeavesTheOthersAlone) {
  async::TaskScope first(loop.executor());
  async::TaskScope second(loop.executor());
  first.spawn(call(transport, poll(), &outcomes));
  second.spawn(call(transport, poll(), &outcomes));
  loop.run_until([this] { return held == 2; });
  first.request_stop();
  loop.run(first.join());
  expect_all_cancelled(1);
  loop.run_until([this] { return released == 1; });
  second.request_stop();
  loop.run(second.join());
  expect_all_cancelled(2);
}

TEST_F(CurlTransportEndTest, DestroyingTheTransportEndsItsCalls) {
  async::TaskScope scope(loop.executor());
  for (int i = 0; i < 10; ++i) scope.spawn(call(transport, poll(), &outcomes));
  loop.run_until([this] { return held == 10; });
  transport.reset();
  EXPECT_TRUE(outcomes.empty()) << "they end from the executor's queue, not in the destructor";
  loop.run(scope.join());
  expect_all_cancelled(10);
}

TEST_F(CurlTransportEndTest, ACallThatStartsAfterItsTransportIsGoneIsCancelled) {
  Task<HttpResponse> task = transport->send(poll());
  transport.reset();
  outcomes.push_back(loop.run(std::move(task)));
  expect_all_cancelled(1);
  EXPECT_EQ(held, 0);
}

asio::awaitable<void> destroy_soon(std::shared_ptr<HttpTransport>* transport) {
  transport->reset();
  co_return;
}

TEST_F(CurlTransportEndTest, ATaskOfTheSameLoopMayDestroyTheTransport) {
  async::TaskScope scope(loop.executor());
  scope.spawn(call(transport, poll(), &outcomes));
  scope.spawn(destroy_soon(&transport));
  loop.run(scope.join());
  expect_all_cancelled(1);
}

TEST_F(CurlTransportEndTest, AThrowingCoroutineMayBeCancelledToo) {
  asio::cancellation_signal signal;
  std::exception_ptr thrown;
  bool ended = false;
  asio::co_spawn(loop.context(), transport->send(poll()),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](std::exception_ptr exception, Result<HttpResponse>) {
                       thrown = exception;
                       ended = true;
                     }));
  loop.run_until([this] { return held == 1; });
  signal.emit(asio::cancellation_type::terminal);
  loop.run_until([&ended] { return ended; });
  EXPECT_TRUE(thrown) << "Asio throws unless throw_if_cancelled is off";
  loop.run_until([this] { return released == 1; });
}

asio::awaitable<void> call_and_keep(std::shared_ptr<HttpTransport> transport, HttpRequest request,
                                    Outcomes* outcomes) {
  Result<HttpResponse> outcome = co_await transport->send(std::move(request));
  outcomes->push_back(std::move(outcome));
}

asio::awaitable<ServerResponse> hold(int* held) {
  ++*held;
  co_await async::sleep_for(kMustNotExpire);
  co_return ServerResponse();
}

TEST(CurlTransportEnd, TheLoopMayBeDestroyedWithCallsUnderWay) {
  Outcomes outcomes;
  int held = 0;
  {
    testing::Loopback loop;
    auto handler = [&held](ServerRequest const&) { return hold(&held); };
    auto server = Server::listen(loop.executor(), "127.0.0.1", 0, handler);
    ASSERT_TRUE(server);
    auto transport = make_curl_transport(loop.executor(), TransportOptions());
    for (int i = 0; i < 5; ++i) {
      HttpRequest request;
      request.url = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/";
      asio::co_spawn(loop.context(), call_and_keep(transport, request, &outcomes),
                     [](std::exception_ptr) {});
    }
    transport.reset();
    loop.run_until([&held] { return held == 5; });
  }
  EXPECT_TRUE(outcomes.empty()) << "the calls were destroyed, not resumed";
}

TEST(CurlTransportEnd, AnIdleTransportDoesNotKeepTheLoopRunning) {
  testing::Loopback loop;
  auto const transport = make_curl_transport(loop.executor(), TransportOptions());
  {
    testing::LoopbackServer server(
        loop, [](ServerRequest) -> asio::awaitable<ServerResponse> { co_return ServerResponse(); });
    HttpRequest request;
    request.url = server.url("/");
    EXPECT_TRUE(loop.run(transport->send(request)));
    EXPECT_TRUE(loop.run(transport->send(request)));
  }
  loop.context().restart();
  loop.context().poll();
  EXPECT_TRUE(loop.context().stopped()) << "the transport still waits for something";
}

}  // namespace
}  // namespace scaleset::http
