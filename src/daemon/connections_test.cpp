#include "daemon/connections.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <thread>

#include "client/finalized_options.hpp"
#include "http/testing/loopback.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/async/scope.hpp"
#include "scaleset/testing/fake_transport.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;

TEST(CanShareConnections, WhateverDecidesWhereAndHowToConnectIsCompared) {
  std::vector<std::function<void(TransportOptions&)>> const changes = {
      [](TransportOptions& one) { one.proxy = "http://proxy:3128"; },
      [](TransportOptions& one) { one.no_proxy = "example.com"; },
      [](TransportOptions& one) { one.ca_bundle_file = "/ca.pem"; },
      [](TransportOptions& one) { one.ca_bundle = CaBundle::instead_of_system; },
      [](TransportOptions& one) { one.client_certificate_file = "/certificate.pem"; },
      [](TransportOptions& one) { one.client_key_file = "/key.pem"; },
      [](TransportOptions& one) { one.verify_tls = false; },
      [](TransportOptions& one) { one.connect_timeout = 1s; },
      [](TransportOptions& one) { one.request_timeout = 1s; },
      [](TransportOptions& one) { one.poll_timeout = 1s; },
      [](TransportOptions& one) { one.tcp_keepalive = 1s; },
      [](TransportOptions& one) { one.max_response_bytes = 1; },
  };
  EXPECT_TRUE(can_share_connections({}, {}));
  for (auto const& change : changes) {
    TransportOptions changed;
    change(changed);
    EXPECT_FALSE(can_share_connections(changed, {}));
    EXPECT_TRUE(can_share_connections(changed, changed));
  }
}

TEST(Connections, AreSharedAsLongAsSomebodyHasThem) {
  boost::asio::io_context context(1);
  Connections connections(context.get_executor());
  TransportOptions other;
  other.tcp_keepalive = 1s;
  auto first = connections.get({});
  std::weak_ptr<HttpTransport> const kept = first;
  EXPECT_EQ(connections.get({}), first);
  EXPECT_NE(connections.get(other), first);
  EXPECT_EQ(connections.get({}), first) << "the other one was let go";
  first.reset();
  EXPECT_TRUE(kept.expired()) << "Connections keep none alive";
  EXPECT_TRUE(connections.get({}));
}

/// Two hundred clients of one service, whose host has a name.
class ManyClientsTest : public ::testing::Test {
 protected:
  boost::asio::awaitable<http::ServerResponse> answer(http::ServerRequest request) {
    ++requests;
    http::ServerResponse response;
    response.body = R"({"count":0,"value":[]})";
    HttpRequest asked;
    asked.url = request.target;
    if (auto token = scaleset::testing::answer_token_request(asked)) {
      response.status = token->status;
      response.body = token->body;
      auto const place = response.body.find("https://service");
      if (place != std::string::npos) response.body.replace(place, 15, url);
    }
    co_return response;
  }
  boost::asio::awaitable<void> call(async::Client* client) {
    auto const groups = co_await client->list_runner_groups();
    if (groups) ++ended;
    co_await client->shutdown();
  }
  std::unique_ptr<async::Client> client(Connections& connections) {
    ClientOptions options;
    options.config_url = url + "/org";
    options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
    options.transport.proxy = "";
    options.retry.max_retries = 0;
    auto const finalized = finalize(std::move(options)).value();
    return std::make_unique<async::Client>(loop.executor(), finalized,
                                           connections.get(finalized->transport()));
  }
  static std::size_t threads() {
    auto const tasks = std::filesystem::directory_iterator("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
  }

  http::testing::Loopback loop;
  http::testing::LoopbackServer server{
      loop, [this](http::ServerRequest request) { return answer(std::move(request)); }};
  std::string url = "http://service.test:" + std::to_string(server.port());
  int requests = 0;
  int ended = 0;
};

TEST_F(ManyClientsTest, LookTheirServiceUpOnceAndTakeOneThread) {
  std::promise<void> hang;
  auto const look_ups = std::make_shared<std::atomic<int>>(0);
  Connections connections(loop.executor(), nullptr,
                          [look_ups, hung = hang.get_future().share()](std::string const&) {
                            ++*look_ups;
                            hung.wait();
                            return Result<http::Addresses>(http::Addresses{"127.0.0.1"});
                          });
  std::thread([] {}).join();  // with the first one the thread sanitizer makes one of its own
  std::size_t const before = threads();
  std::vector<std::unique_ptr<async::Client>> clients;
  async::TaskScope scope(loop.executor());
  for (int i = 0; i < 200; ++i) {
    clients.push_back(client(connections));
    scope.spawn(call(clients.back().get()));
  }
  loop.context().restart();
  loop.context().poll();
  EXPECT_LE(threads(), before + 1);
  hang.set_value();
  loop.run(scope.join());
  EXPECT_EQ(ended, 200);
  EXPECT_EQ(*look_ups, 1);
  EXPECT_EQ(requests, 202) << "two for the token that they share, and one of each";
}

}  // namespace
}  // namespace scaleset::daemon
