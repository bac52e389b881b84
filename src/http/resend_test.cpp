#include <gtest/gtest.h>

#include "http/curl_transport.hpp"
#include "http/testing/loopback.hpp"

/// What happens to a request on a kept connection that the peer closes without an answer.
namespace scaleset::http {
namespace {

class ResendTest : public ::testing::Test {
 protected:
  boost::asio::awaitable<ServerResponse> handle(ServerRequest request) {
    ++requests;
    last_body = request.body;
    ServerResponse response;
    response.drop_connection = requests == 2;
    co_return response;
  }
  Result<HttpResponse> post(bool may_repeat) {
    HttpRequest request;
    request.method = HttpMethod::post;
    request.url = server.url("/");
    request.body = std::string(3000, 'x');
    request.may_repeat = may_repeat;
    return loop.run(transport->send(std::move(request)));
  }

  testing::Loopback loop;
  int requests = 0;
  std::string last_body;
  testing::LoopbackServer server{
      loop, [this](ServerRequest request) { return handle(std::move(request)); }};
  std::shared_ptr<HttpTransport> transport =
      make_curl_transport(loop.executor(), TransportOptions());
};

TEST_F(ResendTest, ARequestThatMayRepeatIsSentAgainOnANewConnection) {
  ASSERT_TRUE(post(true));
  EXPECT_TRUE(post(true));
  EXPECT_EQ(requests, 3);
}

TEST_F(ResendTest, ARequestThatMayNotRepeatIsSentOnce) {
  ASSERT_TRUE(post(false));
  EXPECT_EQ(last_body, std::string(3000, 'x'));
  auto const response = post(false);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::network);
  EXPECT_TRUE(response.error().request_sent);
  EXPECT_EQ(requests, 2);
  EXPECT_TRUE(post(false)) << "the next one finds a new connection";
}

}  // namespace
}  // namespace scaleset::http
