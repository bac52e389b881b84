#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/base64.hpp"
#include "base/jwt.hpp"
#include "scaleset/client.hpp"
#include "simulator/front/testing/simulator_thread.hpp"

namespace scaleset::inline v0 {
namespace {

using namespace std::chrono_literals;

ClientOptions options_for(SimulatorThread const& service) {
  ClientOptions options;
  options.config_url = service.config_url();
  options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
  options.transport.proxy = "";
  return options;
}

Client client_for(SimulatorThread const& service) {
  auto client = Client::create(options_for(service));
  if (!client) throw std::runtime_error(client.error().to_string());
  return *std::move(client);
}

ScaleSet create_set(Client const& client, std::string name = "my-set") {
  ScaleSet wanted;
  wanted.name = std::move(name);
  auto created = client.create_scale_set(wanted);
  if (!created) throw std::runtime_error(created.error().to_string());
  return *std::move(created);
}

TEST(BlockingClient, ScaleSetIsCreatedFoundAndDeleted) {
  SimulatorThread const service;
  auto const client = client_for(service);
  auto const created = create_set(client);
  EXPECT_GT(created.id.value, 0);
  ASSERT_EQ(created.labels.size(), 1U);
  EXPECT_EQ(created.labels[0].name, "my-set");
  auto const found = client.find_scale_set(kDefaultRunnerGroup, "my-set");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, created.id);
  EXPECT_EQ(client.get_scale_set(created.id)->name, "my-set");
  EXPECT_TRUE(client.delete_scale_set(created.id));
  EXPECT_FALSE(client.find_scale_set(kDefaultRunnerGroup, "my-set")->has_value());
  EXPECT_EQ(client.get_scale_set(created.id).error().code, ErrorCode::scale_set_not_found);
}

class TokenCount final : public MetricsSink {
 public:
  void on_http_attempt(HttpAttempt const& attempt) noexcept override {
    if (attempt.operation == "RegistrationToken") ++walks;
  }
  std::atomic<int> walks = 0;
};

TEST(BlockingClient, ClientsWithTheSameOptionsShareAToken) {
  SimulatorThread const service;
  auto const count = std::make_shared<TokenCount>();
  ClientOptions options = options_for(service);
  options.hooks.metrics = count;
  auto one = Client::create(options);
  auto const two = Client::create(options);
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(one->list_scale_sets());
  EXPECT_TRUE(two->list_scale_sets());
  EXPECT_EQ(count->walks, 1);
  one = Client::create(options, make_runtime());
  EXPECT_TRUE(one->list_scale_sets());
  EXPECT_EQ(count->walks, 2) << "a client with its own runtime does not share the token";
}

TEST(BlockingClient, SecondScaleSetOfANameIsRefused) {
  SimulatorThread const service;
  auto const client = client_for(service);
  create_set(client);
  ScaleSet same;
  same.name = "my-set";
  EXPECT_EQ(client.create_scale_set(same).error().code, ErrorCode::scale_set_exists);
}

TEST(BlockingClient, AppCredentialsWork) {
  SimulatorThread const service;
  auto options = options_for(service);
  options.credentials =
      GitHubApp{"Iv1.abc", 42, constant_secret(base::RsaPrivateKey::generate(2048).pem())};
  auto const client = Client::create(options);
  ASSERT_TRUE(client);
  auto const found = client->find_scale_set(kDefaultRunnerGroup, "none");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_FALSE(*found);
}

TEST(BlockingClient, RunnerGroupsAreFoundByName) {
  SimulatorThread const service;
  auto const client = client_for(service);
  EXPECT_EQ((*client.find_runner_group("default"))->id, kDefaultRunnerGroup);
  EXPECT_FALSE(client.find_runner_group("no such")->has_value());
}

TEST(BlockingClient, RunnersAreRegisteredFoundAndRemoved) {
  SimulatorThread const service;
  auto const client = client_for(service);
  auto const set = create_set(client);
  auto const jit = client.generate_jit_config(set.id, "runner-1");
  ASSERT_TRUE(jit) << jit.error().to_string();
  EXPECT_NE(base::base64_decode(jit->encoded.reveal())->find(".credentials_rsaparams"),
            std::string::npos);
  EXPECT_EQ(client.generate_jit_config(set.id, "runner-1").error().code, ErrorCode::runner_exists);
  auto const found = client.find_runner("runner-1");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, jit->runner.id);
  EXPECT_TRUE(client.get_runner(jit->runner.id));
  EXPECT_TRUE(client.remove_runner(jit->runner.id));
  EXPECT_TRUE(client.remove_runner(jit->runner.id))
      << "removing a runner that is gone is not an error";
  EXPECT_EQ(client.get_runner(jit->runner.id).error().code, ErrorCode::runner_not_found);
  EXPECT_FALSE(client.find_runner("runner-1")->has_value());
}

TEST(BlockingClient, SecondSessionIsRefusedWithTheOwnersName) {
  SimulatorThread const service;
  auto const client = client_for(service);
  auto const set = create_set(client);
  auto first = client.open_session(set.id, "first-host");
  ASSERT_TRUE(first) << first.error().to_string();
  auto const second = client.open_session(set.id, "second-host");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::session_conflict);
  EXPECT_THAT(second.error().message, ::testing::HasSubstr("first-host"));
  EXPECT_TRUE(first->close());
  EXPECT_TRUE(client.open_session(set.id, "second-host"));
}

TEST(BlockingClient, StopTokenEndsAHeldPollWhichDoesNotBlockOtherCalls) {
  SimulatorThread const service;
  auto const client = client_for(service);
  auto const set = create_set(client);
  auto session = client.open_session(set.id, "host");
  ASSERT_TRUE(session);
  std::stop_source stop;
  Result<std::optional<Message>> polled;
  std::thread poller([&] { polled = session->get_message(MessageId{}, 1, stop.get_token()); });
  EXPECT_TRUE(session->delete_message(MessageId{1}));
  EXPECT_TRUE(client.get_scale_set(set.id));
  stop.request_stop();
  poller.join();
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(session->close());
}

TEST(BlockingClient, TimeoutEndsAHeldPoll) {
  SimulatorThread const service;
  auto const client = client_for(service);
  auto const set = create_set(client);
  auto session = client.open_session(set.id, "host");
  ASSERT_TRUE(session);
  CallOptions options;
  options.timeout = 20ms;
  EXPECT_EQ(session->get_message(MessageId{}, 1, options).error().code, ErrorCode::timeout);
}

TEST(BlockingClient, ASessionMayHaveConnectionsOfItsOwn) {
  SimulatorThread const service;
  auto const client = client_for(service);
  auto const set = create_set(client);
  SessionOptions own;
  own.transport.emplace();
  own.transport->proxy = "http://127.0.0.1:1";  // nobody listens there
  CallOptions briefly;
  briefly.timeout = 500ms;
  auto const unreachable = client.open_session(set.id, "host", briefly, own);
  ASSERT_FALSE(unreachable);
  EXPECT_NE(unreachable.error().message.find("the proxy 127.0.0.1:1"), std::string::npos)
      << unreachable.error().message;
  own.transport->proxy = "ftp://127.0.0.1";
  EXPECT_EQ(client.open_session(set.id, "host", {}, own).error().code, ErrorCode::invalid_options);
  own.transport->proxy = "";
  auto session = client.open_session(set.id, "host", {}, own);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(session->close());
}

TEST(BlockingClient, TheLongestTimeoutIsNoTimeout) {
  SimulatorThread const service;
  auto const client = client_for(service);
  CallOptions options;
  options.timeout = std::chrono::milliseconds::max();
  EXPECT_TRUE(client.list_scale_sets({}, options));
  options.timeout = std::chrono::milliseconds::min();
  EXPECT_EQ(client.list_scale_sets({}, options).error().code, ErrorCode::timeout);
}

TEST(BlockingClient, CallsFromManyThreadsRunSideBySide) {
  constexpr int threads = 16;
  SimulatorThread const service;
  auto const client = client_for(service);
  auto const set = create_set(client);
  std::atomic<int> registered{0};
  std::vector<std::thread> workers;
  workers.reserve(threads);
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      if (client.generate_jit_config(set.id, "runner-" + std::to_string(i))) ++registered;
    });
  }
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(registered, threads);
}

TEST(BlockingClient, StopRacesWithTheEndOfACall) {
  SimulatorThread const service;
  auto const client = client_for(service);
  auto const set = create_set(client);
  for (int i = 0; i < 100; ++i) {
    std::stop_source stop;
    std::thread stopper([&] { stop.request_stop(); });
    auto const got = client.get_scale_set(set.id, stop.get_token());
    stopper.join();
    if (!got) {
      EXPECT_EQ(got.error().code, ErrorCode::cancelled) << got.error().to_string();
    }
  }
}

TEST(BlockingClient, UnreachableServiceIsAnErrorThatNamesIt) {
  std::string url;
  {
    SimulatorThread const service;
    url = service.config_url();
  }
  ClientOptions options;
  options.config_url = url;
  options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
  options.transport.proxy = "";
  options.retry.max_retries = 0;
  auto const client = Client::create(options);
  ASSERT_TRUE(client);
  auto const found = client->find_scale_set(kDefaultRunnerGroup, "x");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::network);
  EXPECT_FALSE(found.error().request_sent);
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("127.0.0.1"));
}

}  // namespace
}  // namespace scaleset::inline v0
