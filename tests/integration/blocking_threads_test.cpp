#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "scaleset/client.hpp"
#include "simulator/front/testing/simulator_thread.hpp"

namespace scaleset::inline v0 {
namespace {

Client client_for(SimulatorThread const& service, std::shared_ptr<Runtime> runtime) {
  ClientOptions options;
  options.config_url = service.config_url();
  options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
  options.transport.proxy = "";
  auto client = Client::create(std::move(options), std::move(runtime));
  if (!client) throw std::runtime_error(client.error().to_string());
  return *std::move(client);
}

/// What the threads share: one client and one session of it.
struct Shared {
  Client client;
  ScaleSetId set;
  MessageSession session;
  std::stop_source stop_polls;
  std::atomic<int> wrong{0};

  void expect(bool right, std::string const& what) {
    if (right) return;
    ++wrong;
    ADD_FAILURE() << what;
  }
  template <class T>
  void expect_done(Result<T> const& result) {
    expect(result.has_value(), result ? "" : result.error().to_string());
  }
};

void poll_until_stopped(Shared& shared) {
  while (!shared.stop_polls.stop_requested()) {
    auto const polled = shared.session.get_message(MessageId{}, 1, shared.stop_polls.get_token());
    shared.expect(polled || polled.error().code == ErrorCode::cancelled, "a poll failed");
  }
}

void control_calls(Shared& shared, int number) {
  std::string const name = "runner-" + std::to_string(number);
  auto const jit = shared.client.generate_jit_config(shared.set, name);
  shared.expect_done(jit);
  if (!jit) return;
  shared.expect_done(shared.client.find_runner(name));
  shared.expect_done(shared.client.get_scale_set(shared.set));
  shared.expect_done(shared.client.remove_runner(jit->runner.id));
}

void session_calls(Shared& shared, int number) {
  shared.expect_done(shared.session.delete_message(MessageId{number + 1}));
  shared.expect(!shared.session.id().empty(), "a session without an id");
  shared.expect(shared.session.owner() == "host", "not the owner");
  if (number % 3 == 0) shared.expect_done(shared.session.refresh());
}

void cancelled_calls(Shared& shared) {
  for (int i = 0; i < 5; ++i) {
    std::stop_source stop;
    std::jthread const stopper([&stop] { stop.request_stop(); });
    auto const got = shared.client.get_scale_set(shared.set, stop.get_token());
    shared.expect(got || got.error().code == ErrorCode::cancelled, "neither done nor cancelled");
  }
}

/// 64 threads over one client: 4 poll, the others call the service, acknowledge and cancel; the
/// last one ends the polls.
TEST(BlockingThreads, SixtyFourThreadsShareAClient) {
  SimulatorThread const service;
  auto client = client_for(service, make_runtime());
  ScaleSet wanted;
  wanted.name = "my-set";
  auto const set = client.create_scale_set(wanted);
  ASSERT_TRUE(set) << set.error().to_string();
  auto session = client.open_session(set->id, "host");
  ASSERT_TRUE(session) << session.error().to_string();
  Shared shared{client, set->id, *session, {}, {}};
  std::atomic<int> busy{60};
  {
    std::vector<std::jthread> threads;
    threads.reserve(64);
    for (int i = 0; i < 4; ++i) threads.emplace_back([&shared] { poll_until_stopped(shared); });
    for (int i = 0; i < 60; ++i) {
      threads.emplace_back([&shared, &busy, i] {
        if (i % 3 == 0) control_calls(shared, i);
        if (i % 3 == 1) session_calls(shared, i);
        if (i % 3 == 2) cancelled_calls(shared);
        if (--busy == 0) shared.stop_polls.request_stop();
      });
    }
  }
  EXPECT_EQ(shared.wrong, 0);
  EXPECT_TRUE(session->close());
}

/// Clients of one runtime come and go, each from a thread of its own, and share a token.
TEST(BlockingThreads, ClientsOfOneRuntimeComeAndGo) {
  SimulatorThread const service;
  auto const runtime = make_runtime();
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(16);
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        auto const client = client_for(service, runtime);
        if (!client.find_runner("nobody")) ++failed;
      });
    }
  }
  EXPECT_EQ(failed, 0);
}

/// A token provider is called on one thread while many threads make calls. The thread sanitizer
/// finds data races here.
TEST(BlockingThreads, ATokenProviderServesClientsOfSeveralThreads) {
  SimulatorThread const service;
  auto const asked = std::make_shared<std::atomic<int>>(0);
  ClientOptions options;
  options.config_url = service.config_url();
  options.credentials = TokenProvider{[asked]() -> Result<ProvidedToken> {
    ++*asked;
    ProvidedToken provided;
    provided.token = Secret("ghp_x");
    return provided;
  }};
  options.transport.proxy = "";
  auto const client = Client::create(options);
  ASSERT_TRUE(client);
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        if (!client->find_runner("nobody")) ++failed;
      });
    }
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(*asked, 1);
}

}  // namespace
}  // namespace scaleset::inline v0
