#include "http/streaming_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <deque>

#include "base/files.hpp"
#include "http/testing/loopback.hpp"
#include "http/testing/tls_server.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using asio::local::stream_protocol;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr StreamingCall::Duration kLong = 20s;

/// Listens at a unix socket, and sends what a test tells it, when the test tells it.
class Peer {
 public:
  explicit Peer(testing::Loopback& loop)
      : loop_(loop), acceptor_(loop.context(), path()), scope_(loop.executor()) {
    scope_.spawn(serve());
  }
  Peer(Peer const&) = delete;
  Peer& operator=(Peer const&) = delete;
  ~Peer() {
    acceptor_.close();
    hang_up();
    scope_.request_stop();
    loop_.run(scope_.join());
  }
  [[nodiscard]] std::string path() const { return (folder_.path() / "s").string(); }
  [[nodiscard]] ServerAddress address() const {
    ServerAddress address;
    address.socket = path();
    return address;
  }
  void send(std::string text) {
    to_send_.push_back(std::move(text));
    changed_.notify_all();
  }
  /// After what is to be sent.
  void hang_up() {
    ends_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] std::string const& received() const noexcept { return received_; }

 private:
  asio::awaitable<void> serve() {
    stream_protocol::socket socket(loop_.context());
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    socket_ = &socket;
    receiving_ = true;
    scope_.spawn(receive());
    while (!error) {
      if (to_send_.empty() && ends_) break;
      if (to_send_.empty()) {
        co_await changed_.wait_despite_cancellation();
        continue;
      }
      std::string const text = to_send_.front();
      to_send_.pop_front();
      co_await asio::async_write(socket, asio::buffer(text),
                                 asio::redirect_error(asio::use_awaitable, error));
    }
    socket.close(error);
    while (receiving_) {
      co_await changed_.wait_despite_cancellation();
    }
  }
  asio::awaitable<void> receive() {
    std::array<char, 4096> room{};
    boost::system::error_code error;
    while (!error) {
      auto const count = co_await socket_->async_read_some(
          asio::buffer(room), asio::redirect_error(asio::use_awaitable, error));
      received_.append(room.data(), count);
    }
    receiving_ = false;
    changed_.notify_all();
  }

  testing::Loopback& loop_;
  base::TemporaryDirectory folder_;
  stream_protocol::acceptor acceptor_;
  async::TaskScope scope_;
  std::deque<std::string> to_send_;
  bool ends_ = false;
  bool receiving_ = false;
  stream_protocol::socket* socket_ = nullptr;
  std::string received_;
  base::Condition changed_;
};

class StreamingCallTest : public ::testing::Test {
 protected:
  using Call = std::unique_ptr<StreamingCall>;

  Result<Call> begin(StreamingCall::Request request) {
    return loop.run(
        StreamingCall::begin(loop.executor(), peer.address(), nullptr, std::move(request), kLong));
  }
  Call get(std::string const& answer) {
    peer.send(answer);
    auto call = begin({"GET", "/events"});
    if (!call) throw std::runtime_error(call.error().message);
    return *std::move(call);
  }
  Result<std::string> next(Call const& call) { return loop.run(call->read_some(kLong)); }
  Result<std::string> rest(Call const& call, std::size_t most = 1U << 20U) {
    return loop.run(call->read_rest(most, kLong));
  }

  /// What becomes of a task that nobody answers, once its time is over.
  template <class T>
  Result<T> wait_in_vain(Task<T> task) {
    std::optional<Result<T>> result;
    asio::co_spawn(loop.context(), std::move(task), [&result](std::exception_ptr, Result<T> value) {
      result.emplace(std::move(value));
    });
    time.advance(kLong - 1ms);
    EXPECT_FALSE(result) << "too early";
    time.advance(1ms);
    loop.run_until([&result] { return result.has_value(); });
    return *std::move(result);
  }

  testing::Loopback loop;
  async::VirtualTime time{loop.context()};
  Peer peer{loop};
};

TEST_F(StreamingCallTest, SendsTheRequestAndReadsTheAnswer) {
  StreamingCall::Request request("POST", "/v1.41/containers/create?name=r1");
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = "{}";
  peer.send("HTTP/1.1 201 Created\r\nApi-Version: 1.41\r\nContent-Length: 3\r\n\r\nabc");
  auto const call = begin(std::move(request));
  ASSERT_TRUE(call);
  EXPECT_EQ((*call)->status(), 201);
  EXPECT_EQ((*call)->header("api-version"), "1.41");
  EXPECT_EQ((*call)->header("Server"), "");
  EXPECT_FALSE((*call)->is_upgraded());
  EXPECT_EQ(rest(*call), "abc");
  EXPECT_EQ(rest(*call), "") << "it stays at its end";
  EXPECT_THAT(peer.received(),
              AllOf(StartsWith("POST /v1.41/containers/create?name=r1 HTTP/1.1\r\n"),
                    HasSubstr("\r\nHost: localhost\r\n"), HasSubstr("\r\nConnection: close\r\n"),
                    HasSubstr("\r\nContent-Length: 2\r\n"), HasSubstr("\r\n\r\n{}")));
}

TEST_F(StreamingCallTest, PiecesComeWhenTheServerMakesThem) {
  auto const call = get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (char const* const line : {"one\n", "two\n"}) {
    peer.send("4\r\n" + std::string(line) + "\r\n");
    EXPECT_EQ(next(call), line);
  }
  peer.send("0\r\n\r\n");
  EXPECT_EQ(next(call), "");
}

TEST_F(StreamingCallTest, ABodyWithoutALengthEndsWithTheConnection) {
  auto const call = get("HTTP/1.1 200 OK\r\n\r\nabc");
  peer.hang_up();
  EXPECT_EQ(rest(call), "abc");
}

TEST_F(StreamingCallTest, AnswersWithoutABodyAreOverAtOnce) {
  auto const call = get("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(call->status(), 204);
  EXPECT_EQ(next(call), "");
}

TEST_F(StreamingCallTest, TheAnswerToHeadHasNoBody) {
  peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
  auto const call = begin({"HEAD", "/_ping"});
  ASSERT_TRUE(call);
  EXPECT_EQ(next(*call), "");
}

TEST_F(StreamingCallTest, AnUpgradedConnectionCarriesBytesInBothDirections) {
  StreamingCall::Request request("POST", "/containers/r1/attach");
  request.upgrade = "tcp";
  peer.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello");
  auto const call = begin(std::move(request));
  ASSERT_TRUE(call);
  EXPECT_TRUE((*call)->is_upgraded());
  EXPECT_EQ(next(*call), "hello") << "it came with the head";
  EXPECT_THAT(peer.received(),
              AllOf(HasSubstr("\r\nConnection: Upgrade\r\n"), HasSubstr("\r\nUpgrade: tcp\r\n")));
  ASSERT_TRUE(loop.run((*call)->write("one line\n", kLong)));
  loop.run_until([this] { return peer.received().ends_with("one line\n"); });
  std::string const bytes{'\1', '\0', '\r', '\n'};
  peer.send(bytes);
  EXPECT_EQ(next(*call), bytes) << "not HTTP";
  peer.hang_up();
  EXPECT_EQ(next(*call), "");
}

TEST_F(StreamingCallTest, ARefusedUpgradeIsAnAnswerLikeAnyOther) {
  StreamingCall::Request request("POST", "/containers/r1/attach");
  request.upgrade = "tcp";
  peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
  auto const call = begin(std::move(request));
  ASSERT_TRUE(call);
  EXPECT_FALSE((*call)->is_upgraded());
  EXPECT_EQ(rest(*call), "no");
}

// Wherever the network cuts it.

TEST_F(StreamingCallTest, AnswersMayComeByteByByte) {
  std::string const text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nTrailer: z\r\n\r\n";
  for (char const letter : text) peer.send(std::string(1, letter));
  auto const call = begin({"GET", "/events"});
  ASSERT_TRUE(call);
  EXPECT_EQ(rest(*call), "abcd");
}

TEST_F(StreamingCallTest, LongBodiesComeWhole) {
  std::string const chunk(100'000, 'x');
  auto const call = get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i) peer.send("186a0\r\n" + chunk + "\r\n");
  peer.send("0\r\n\r\n");
  EXPECT_EQ(rest(call), chunk + chunk + chunk);
}

// Errors.

TEST_F(StreamingCallTest, ABodyThatIsCutShortIsAnError) {
  for (char const* const head :
       {"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "Content-Length: 5\r\n\r\nabc"}) {
    testing::Loopback other_loop;
    Peer other(other_loop);
    other.send("HTTP/1.1 200 OK\r\n" + std::string(head));
    other.hang_up();
    auto const call = other_loop.run(
        StreamingCall::begin(other_loop.executor(), other.address(), nullptr, {"GET", "/"}, kLong));
    ASSERT_TRUE(call);
    auto const read = other_loop.run((*call)->read_rest(100, kLong));
    ASSERT_FALSE(read) << head;
    EXPECT_EQ(read.error().code, ErrorCode::network);
    EXPECT_THAT(read.error().message, HasSubstr("before the answer was complete"));
  }
}

TEST_F(StreamingCallTest, AConnectionThatEndsBeforeTheAnswerIsAnError) {
  peer.hang_up();
  auto const call = begin({"GET", "/"});
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code, ErrorCode::network);
}

TEST_F(StreamingCallTest, WhatIsNotHttpIsAnError) {
  peer.send("SSH-2.0-OpenSSH_9.2p1\r\n\r\n");
  auto const call = begin({"GET", "/"});
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code, ErrorCode::malformed_response);
}

TEST_F(StreamingCallTest, AHeadWithoutAnEndIsAnError) {
  peer.send("HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x'));
  auto const call = begin({"GET", "/"});
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code, ErrorCode::malformed_response);
}

TEST_F(StreamingCallTest, BadChunksAreAnError) {
  auto const call = get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
  auto const read = next(call);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::malformed_response);
}

TEST_F(StreamingCallTest, MoreThanIsWantedIsAnError) {
  auto const call = get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde");
  EXPECT_EQ(rest(call, 4).error().code, ErrorCode::malformed_response);
}

TEST_F(StreamingCallTest, ASilentServerIsGivenUp) {
  auto const silent = wait_in_vain(
      StreamingCall::begin(loop.executor(), peer.address(), nullptr, {"GET", "/"}, kLong));
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, ErrorCode::timeout);
}

TEST_F(StreamingCallTest, AServerThatFallsSilentIsGivenUp) {
  auto const call = get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
  EXPECT_EQ(next(call), "abc");
  auto const read = wait_in_vain(call->read_some(kLong));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::timeout);
}

TEST_F(StreamingCallTest, NobodyThereIsAnErrorWithTheAddressAndTheReason) {
  ServerAddress nowhere;
  nowhere.socket = "/nowhere/docker.sock";
  auto const call =
      loop.run(StreamingCall::begin(loop.executor(), nowhere, nullptr, {"GET", "/_ping"}, kLong));
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().code, ErrorCode::network);
  EXPECT_EQ(call.error().message,
            "cannot connect to unix:///nowhere/docker.sock: No such file or directory");
  nowhere.socket = std::string(200, 'x');
  auto const too_long =
      loop.run(StreamingCall::begin(loop.executor(), nowhere, nullptr, {"GET", "/_ping"}, kLong));
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error().message, HasSubstr("File name too long"));
}

TEST_F(StreamingCallTest, CanBeCancelled) {
  auto const call = get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  asio::cancellation_signal cancel;
  std::optional<Result<std::string>> read;
  auto const reading = [](StreamingCall* its) -> asio::awaitable<Result<std::string>> {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto piece = co_await its->read_some(kLong);
    co_return piece;
  };
  asio::co_spawn(loop.context(), reading(call.get()),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [&read](std::exception_ptr, Result<std::string> piece) {
                       read.emplace(std::move(piece));
                     }));
  loop.context().restart();
  loop.context().poll();
  EXPECT_FALSE(read);
  cancel.emit(asio::cancellation_type::terminal);
  loop.run_until([&read] { return read.has_value(); });
  EXPECT_EQ(read->error().code, ErrorCode::cancelled);
}

// Asio does not end an operation that begins when the cancellation has come already.
TEST_F(StreamingCallTest, WhatBeginsAfterACancellationDoesNotWaitForTheServer) {
  auto const call = get("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::vector<ErrorCode> codes;
  async::TaskScope scope(loop.executor());
  auto const late = [](asio::any_io_executor executor, ServerAddress address, StreamingCall* its,
                       std::vector<ErrorCode>* seen) -> asio::awaitable<void> {
    StreamingCall::Request request("GET", "/events");
    auto begun =
        co_await StreamingCall::begin(executor, address, nullptr, std::move(request), kLong);
    seen->push_back(begun ? ErrorCode::backend : begun.error().code);
    auto read = co_await its->read_some(kLong);
    seen->push_back(read ? ErrorCode::backend : read.error().code);
    auto written = co_await its->write("x", kLong);
    seen->push_back(written ? ErrorCode::backend : written.error().code);
  };
  scope.spawn(late(loop.executor(), peer.address(), call.get(), &codes));
  scope.request_stop();
  loop.run(scope.join());
  EXPECT_THAT(codes, ElementsAre(ErrorCode::cancelled, ErrorCode::cancelled, ErrorCode::cancelled));
}

// TCP and TLS.

class StreamingTlsTest : public ::testing::Test {
 protected:
  Result<std::string> ask(ClientTls tls, std::uint16_t port, std::string host = "127.0.0.1") {
    ServerAddress address;
    address.host = std::move(host);
    address.port = port;
    address.tls = std::move(tls);
    Resolver resolver(loop.executor());
    auto call = loop.run(
        StreamingCall::begin(loop.executor(), address, &resolver, {"GET", "/_ping"}, kLong));
    if (!call) return std::unexpected(call.error());
    return loop.run((*call)->read_rest(1000, kLong));
  }
  static ClientTls trusting(std::string trusted) {
    ClientTls tls;
    tls.authorities = std::move(trusted);
    return tls;
  }
  testing::Loopback loop;
  Authority authority{"engines"};
};

TEST_F(StreamingTlsTest, BothSidesShowTheirCertificates) {
  testing::TlsServer server(loop, authority.issue("127.0.0.1"),
                            testing::TlsServer::Behaviour::answer, authority.certificate_pem());
  auto const mine = authority.issue("client");
  ClientTls tls = trusting(authority.certificate_pem());
  tls.certificate = mine.certificate;
  tls.key = Secret(mine.key);
  EXPECT_TRUE(ask(tls, server.port()));
  EXPECT_FALSE(ask(trusting(authority.certificate_pem()), server.port())) << "without one";
}

TEST_F(StreamingTlsTest, AServerOfAnotherAuthorityOrNameIsRefused) {
  testing::TlsServer server(loop, "127.0.0.1", testing::TlsServer::Behaviour::answer);
  EXPECT_TRUE(ask(trusting(server.certificate_pem()), server.port()));
  auto const stranger = ask(trusting(authority.certificate_pem()), server.port());
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, ErrorCode::tls_verification);
  EXPECT_THAT(stranger.error().message, StartsWith("cannot connect to tcp://127.0.0.1:"));
  auto const other_name = ask(trusting(server.certificate_pem()), server.port(), "localhost");
  ASSERT_FALSE(other_name);
  EXPECT_EQ(other_name.error().code, ErrorCode::tls_verification);
  ClientTls careless;
  careless.verify = false;
  EXPECT_TRUE(ask(careless, server.port()));
}

TEST_F(StreamingTlsTest, CertificatesThatAreNoneAreAnError) {
  testing::TlsServer server(loop, "127.0.0.1", testing::TlsServer::Behaviour::answer);
  ClientTls tls = trusting(server.certificate_pem());
  tls.certificate = "rubbish";
  auto const refused = ask(tls, server.port());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_options);
  EXPECT_THAT(refused.error().message, HasSubstr("client certificate"));
}

TEST(ServerAddressText, IsWhatAPersonWrites) {
  ServerAddress address;
  address.host = "::1";
  address.port = 2376;
  EXPECT_EQ(address.text(), "tcp://[::1]:2376");
  address.host = "engine";
  EXPECT_EQ(address.text(), "tcp://engine:2376");
}

}  // namespace
}  // namespace scaleset::http
