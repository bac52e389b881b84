#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "http/curl_transport.hpp"
#include "http/server.hpp"
#include "http/testing/loopback.hpp"
#include "http/testing/temporary_file.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;

class TlsServing : public ::testing::Test {
 protected:
  TlsServing() : bundle(authority.certificate_pem()) { options.ca_bundle_file = bundle.path(); }
  ~TlsServing() override {
    if (server) loop.run(server->stop());
  }

  void serve(Validity validity = {}) {
    ServerOptions limits;
    limits.identity = authority.issue({"localhost", "127.0.0.1", "::1"}, validity);
    auto handler = [this](ServerRequest request) { return answer(std::move(request)); };
    server = Server::listen(loop.executor(), "127.0.0.1", 0, handler, limits).value();
    transport = make_curl_transport(loop.executor(), options);
  }
  asio::awaitable<ServerResponse> answer(ServerRequest request) {
    ServerResponse response;
    if (request.target == "/hold") {
      ++held;
      bool const waited = co_await async::sleep_for(std::chrono::hours(1));
      if (!waited) ++cancelled;
      co_return response;
    }
    response.body = request.method + " " + request.body;
    co_return response;
  }
  HttpRequest request(std::string const& host, std::string const& path, std::string body = "") {
    HttpRequest made;
    made.url = "https://" + host + ":" + std::to_string(server->port()) + path;
    if (!body.empty()) made.method = HttpMethod::post;
    made.body = std::move(body);
    return made;
  }
  Result<HttpResponse> send(HttpRequest made) { return loop.run(transport->send(std::move(made))); }

  testing::Loopback loop;
  Authority authority{"test authority"};
  testing::TemporaryFile bundle;
  TransportOptions options;
  std::unique_ptr<Server> server;
  std::shared_ptr<HttpTransport> transport;
  int held = 0;
  int cancelled = 0;
};

TEST_F(TlsServing, AnswersUnderEveryNameOfItsCertificate) {
  serve();
  for (std::string const& host : {std::string("127.0.0.1"), std::string("localhost")}) {
    Result<HttpResponse> const response = send(request(host, "/"));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "GET ");
  }
}

TEST_F(TlsServing, TakesLargeBodiesAndKeepsTheConnection) {
  serve();
  std::string const large(1U << 20U, 'x');
  for (int i = 0; i < 3; ++i) {
    Result<HttpResponse> const response = send(request("127.0.0.1", "/", large));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body.size(), large.size() + 5);
  }
}

TEST_F(TlsServing, AHeldCallEndsWithItsPeer) {
  serve();
  asio::cancellation_signal give_up;
  bool over = false;
  asio::co_spawn(
      loop.executor(), transport->send(request("127.0.0.1", "/hold")),
      asio::bind_cancellation_slot(give_up.slot(),
                                   [&](std::exception_ptr, Result<HttpResponse>) { over = true; }));
  loop.run_until([&] { return held == 1; });
  give_up.emit(asio::cancellation_type::terminal);
  loop.run_until([&] { return over; });
  transport.reset();  // closes the connection as well
  loop.run_until([&] { return cancelled == 1; });
}

TEST_F(TlsServing, StoppingEndsHeldCalls) {
  serve();
  bool over = false;
  asio::co_spawn(loop.executor(), transport->send(request("127.0.0.1", "/hold")),
                 [&](std::exception_ptr, Result<HttpResponse>) { over = true; });
  loop.run_until([&] { return held == 1; });
  loop.run(server->stop());
  server.reset();
  loop.run_until([&] { return over; });
  EXPECT_EQ(cancelled, 1);
}

TEST_F(TlsServing, TheClientRefusesAnExpiredCertificate) {
  Validity past;
  past.from = std::chrono::hours(-48);
  past.until = std::chrono::hours(-24);
  serve(past);
  Result<HttpResponse> const response = send(request("127.0.0.1", "/"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::tls_verification);
  EXPECT_THAT(response.error().message, HasSubstr("renew it"));
}

TEST_F(TlsServing, APlainRequestGetsNoAnswer) {
  serve();
  HttpRequest plain = request("127.0.0.1", "/");
  plain.url.replace(0, 5, "http");
  EXPECT_FALSE(send(plain));
}

TEST(TlsServers, NeedAUsableCertificate) {
  testing::Loopback loop;
  ServerOptions limits;
  limits.identity = Identity{"no certificate", "no key"};
  auto handler = [](ServerRequest) -> asio::awaitable<ServerResponse> {
    co_return ServerResponse();
  };
  auto const refused = Server::listen(loop.executor(), "127.0.0.1", 0, handler, limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace scaleset::http
