#include "http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

#include "http/testing/loopback.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
constexpr std::chrono::hours kMustNotExpire{1};

class CountingSink final : public LogSink {
 public:
  [[nodiscard]] bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogRecord const& record) noexcept override {
    for (LogField const& field : record.fields) {
      if (auto const* text = std::get_if<std::string_view>(&field.value)) texts.emplace_back(*text);
    }
  }
  std::vector<std::string> texts;
};

/// A client that sends and reads plain bytes.
class Peer {
 public:
  Peer(testing::Loopback& loop, std::uint16_t port) : loop_(loop), socket_(loop.context()) {
    socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  }
  void send(std::string text) { loop_.run(write(std::move(text))); }
  /// Reads until the server closes the connection.
  std::string read_all() { return loop_.run(read(std::nullopt)); }
  std::string read_count(std::size_t count) { return loop_.run(read(count)); }
  /// Reads a header and a body of `body_bytes`.
  std::string read_answer(std::size_t body_bytes) {
    std::string text;
    while (!text.ends_with("\r\n\r\n")) {
      std::string const next = read_count(1);
      if (next.empty()) return text;
      text += next;
    }
    return text + read_count(body_bytes);
  }
  void close() { socket_.close(); }

 private:
  asio::awaitable<void> write(std::string text) {
    co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
  }
  asio::awaitable<std::string> read(std::optional<std::size_t> count) {
    std::string text;
    auto buffer = asio::dynamic_buffer(text, count.value_or(1U << 26U));
    boost::system::error_code ended;
    co_await asio::async_read(socket_, buffer, asio::transfer_at_least(count.value_or(1U << 26U)),
                              asio::redirect_error(asio::use_awaitable, ended));
    co_return text;
  }

  testing::Loopback& loop_;
  tcp::socket socket_;
};

class ServerTest : public ::testing::Test {
 protected:
  testing::Loopback loop;
  std::shared_ptr<CountingSink> log = std::make_shared<CountingSink>();
  std::vector<std::string> events;

  ServerHandler handler() {
    return [this](ServerRequest request) { return handle(std::move(request)); };
  }
  asio::awaitable<ServerResponse> handle(ServerRequest request) {
    events.push_back(request.method + " " + request.target);
    ServerResponse response;
    if (request.target == "/throw") throw std::runtime_error("handler broke");
    if (request.target == "/hold") {
      bool const slept = co_await async::sleep_for(kMustNotExpire);
      events.emplace_back(slept ? "held to the end" : "hold cancelled");
    }
    if (request.target == "/short") {
      co_await async::sleep_for(std::chrono::milliseconds(40));
    }
    if (request.target == "/drop") response.drop_connection = true;
    if (request.target == "/empty") response.status = 204;
    if (request.target == "/large") response.body = std::string(16U << 20U, 'x');
    if (request.target == "/echo")
      response.body = request.body + std::string(request.header("x-mark"));
    if (request.target == "/headers") {
      response.headers = {{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}, {"Content-Length", "999"}};
    }
    co_return response;
  }
};

TEST_F(ServerTest, HandsTheRequestOverAndSendsTheAnswer) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nX-MARK: !\r\nContent-Length: 5\r\nConnection: "
      "close\r\n\r\nhello");
  std::string const answer = peer.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nhello!"));
  EXPECT_THAT(events, ElementsAre("POST /echo"));
}

TEST_F(ServerTest, TakesAChunkedBody) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send(
      "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_THAT(peer.read_all(), EndsWith("\r\n\r\nabcde"));
}

TEST_F(ServerTest, RepeatsHeadersAndWritesTheLengthItself) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("GET /headers HTTP/1.1\r\nConnection: close\r\n\r\n");
  std::string const answer = peer.read_all();
  EXPECT_THAT(answer, HasSubstr("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("999")));
}

TEST_F(ServerTest, NoContentHasNeitherBodyNorLength) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("DELETE /empty HTTP/1.1\r\nConnection: close\r\n\r\n");
  std::string const answer = peer.read_all();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
}

TEST_F(ServerTest, HeadHasTheLengthWithoutTheBody) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("HEAD /large HTTP/1.1\r\nConnection: close\r\n\r\n");
  std::string const answer = peer.read_all();
  EXPECT_THAT(answer, HasSubstr("Content-Length: 16777216\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(ServerTest, KeepsTheConnectionForTheNextRequest) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  for (int i = 0; i < 3; ++i) {
    peer.send("GET /echo HTTP/1.1\r\nX-Mark: m\r\n\r\n");
    EXPECT_THAT(peer.read_answer(1), EndsWith("\r\n\r\nm"));
  }
}

TEST_F(ServerTest, AnHttp10ConnectionEndsAfterOneAnswer) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_THAT(peer.read_all(), StartsWith("HTTP/1.0 200 OK\r\n"));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send(
      "GET /echo HTTP/1.1\r\nX-Mark: 1\r\n\r\nGET /empty HTTP/1.1\r\n\r\n"
      "GET /echo HTTP/1.1\r\nX-Mark: 3\r\nConnection: close\r\n\r\n");
  std::string const answers = peer.read_all();
  EXPECT_THAT(events, ElementsAre("GET /echo", "GET /empty", "GET /echo"));
  EXPECT_LT(answers.find("\r\n\r\n1HTTP/1.1 204"), answers.find("\r\n\r\n3"));
}

TEST_F(ServerTest, BytesThatArriveWhileTheHandlerRunsAreTheNextRequest) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("GET /short HTTP/1.1\r\n\r\n");
  loop.run_until([this] { return !events.empty(); });
  peer.send("POST /echo HTTP/1.1\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n");
  peer.send(std::string(20000, 'y'));
  std::string const answers = peer.read_all();
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answers, EndsWith(std::string(20000, 'y')));
}

TEST_F(ServerTest, AFloodWhileTheHandlerRunsIsLeftInTheKernel) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  std::string const body(300000, 'z');
  peer.send("GET /short HTTP/1.1\r\n\r\n");
  loop.run_until([this] { return !events.empty(); });
  peer.send("POST /echo HTTP/1.1\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n" + body);
  EXPECT_THAT(peer.read_all(), EndsWith("\r\n\r\n" + body));
}

TEST_F(ServerTest, APeerThatGoesAwayCancelsTheHandler) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("GET /hold HTTP/1.1\r\n\r\n");
  loop.run_until([this] { return events.size() == 1; });
  peer.close();
  loop.run_until([this] { return events.size() == 2; });
  EXPECT_THAT(events, ElementsAre("GET /hold", "hold cancelled"));
}

TEST_F(ServerTest, AnExceptionIsAnswered500AndLoggedAndTheConnectionLivesOn) {
  testing::LoopbackServer server(loop, handler(), {}, log);
  Peer peer(loop, server.port());
  peer.send("GET /throw HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\nConnection: close\r\n\r\n");
  std::string const answers = peer.read_all();
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_THAT(answers, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answers, Not(HasSubstr("handler broke"))) << "details are for the log";
  EXPECT_THAT(log->texts, ElementsAre("handler broke"));
}

TEST_F(ServerTest, WhatIsNotHttpIsAnswered400) {
  testing::LoopbackServer server(loop, handler());
  for (std::string const text :
       {"hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "\x16\x03\x01 tls\r\n\r\n"}) {
    Peer peer(loop, server.port());
    peer.send(text);
    std::string const answer = peer.read_all();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << text;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << text;
  }
  EXPECT_THAT(events, ElementsAre());
}

TEST_F(ServerTest, ABodyThatIsTooLargeIsAnswered413) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  testing::LoopbackServer server(loop, handler(), options);
  Peer peer(loop, server.port());
  peer.send("POST /echo HTTP/1.1\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'));
  EXPECT_THAT(peer.read_answer(0), StartsWith("HTTP/1.1 413 Payload Too Large\r\n"));
  Peer exact(loop, server.port());
  exact.send("POST /echo HTTP/1.1\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n" +
             std::string(1000, 'x'));
  EXPECT_THAT(exact.read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, AHeaderThatIsTooLargeIsAnswered431) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("GET / HTTP/1.1\r\nX-Mark: " + std::string(70000, 'x') + "\r\n\r\n");
  EXPECT_THAT(peer.read_answer(0), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerTest, ADroppedConnectionGetsNoAnswer) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("GET /drop HTTP/1.1\r\n\r\n");
  EXPECT_EQ(peer.read_all(), "");
  EXPECT_THAT(events, ElementsAre("GET /drop"));
}

TEST_F(ServerTest, ASilentConnectionIsClosedInTheEnd) {
  ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(10);
  testing::LoopbackServer server(loop, handler(), options);
  Peer silent(loop, server.port());
  EXPECT_EQ(silent.read_all(), "");
  Peer half(loop, server.port());
  half.send("GET /echo HTT");
  EXPECT_EQ(half.read_all(), "");
}

TEST_F(ServerTest, TheIdleTimeoutDoesNotRunWhileTheHandlerHolds) {
  ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(10);
  testing::LoopbackServer server(loop, handler(), options);
  Peer peer(loop, server.port());
  peer.send("GET /short HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(peer.read_all(), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, StopEndsHeldIdleAndHalfReadConnections) {
  testing::LoopbackServer server(loop, handler());
  std::uint16_t const port = server.port();
  Peer held(loop, port);
  Peer idle(loop, port);
  Peer half(loop, port);
  held.send("GET /hold HTTP/1.1\r\n\r\n");
  idle.send("GET /echo HTTP/1.1\r\n\r\n");
  half.send("POST /echo HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_THAT(idle.read_answer(0), StartsWith("HTTP/1.1 200"));
  loop.run_until([this] { return events.size() == 2; });
  server.stop();
  EXPECT_EQ(events.back(), "hold cancelled");
  EXPECT_EQ(held.read_all(), "") << "the answer of a cancelled handler is not sent";
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_EQ(half.read_all(), "");
  EXPECT_THROW(Peer(loop, port), boost::system::system_error);
}

TEST_F(ServerTest, StopEndsAConnectionWhoseAnswerIsNotTaken) {
  testing::LoopbackServer server(loop, handler());
  Peer peer(loop, server.port());
  peer.send("GET /large HTTP/1.1\r\n\r\n");
  EXPECT_EQ(peer.read_count(10), "HTTP/1.1 2");
  server.stop();
}

TEST_F(ServerTest, AServerThatIsNotStoppedStopsWhenItIsDestroyed) {
  auto server = Server::listen(loop.executor(), "127.0.0.1", 0, handler());
  ASSERT_TRUE(server);
  Peer peer(loop, (*server)->port());
  peer.send("GET /hold HTTP/1.1\r\n\r\n");
  loop.run_until([this] { return events.size() == 1; });
  server->reset();
  EXPECT_EQ(peer.read_all(), "");
  EXPECT_THAT(events, ElementsAre("GET /hold", "hold cancelled"));
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  testing::LoopbackServer server(loop, handler());
  auto second = Server::listen(loop.executor(), "127.0.0.1", server.port(), handler());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::io);
  EXPECT_EQ(second.error().message,
            "cannot listen on 127.0.0.1:" + std::to_string(server.port()) +
                ": address already in use; choose another port, or 0 for any free one");
  auto named = Server::listen(loop.executor(), "example", 1, handler());
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().message,
            "cannot listen on example:1: not an IP address such as 127.0.0.1 or ::1");
  auto foreign = Server::listen(loop.executor(), "192.0.2.1", 0, handler());
  ASSERT_FALSE(foreign);
  EXPECT_THAT(foreign.error().message, HasSubstr("this machine does not have that address"));
}

TEST_F(ServerTest, APortCanBeTakenAgainAtOnce) {
  std::uint16_t port = 0;
  {
    testing::LoopbackServer server(loop, handler());
    port = server.port();
    Peer peer(loop, port);
    peer.send("GET /drop HTTP/1.1\r\n\r\n");
    EXPECT_EQ(peer.read_all(), "");  // the server closed first, so its socket is in TIME_WAIT
  }
  auto again = Server::listen(loop.executor(), "127.0.0.1", port, handler());
  ASSERT_TRUE(again) << again.error().message;
  loop.run((*again)->stop());
}

}  // namespace
}  // namespace scaleset::http
