#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/jwt.hpp"
#include "http/testing/loopback.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/async/timer.hpp"
#include "simulator/front/simulator.hpp"

/// The client and the simulator in one process, on one loop and under one virtual clock, without a
/// socket: time passes only when a test moves it.
namespace scaleset::inline v0 {
namespace {

namespace asio = boost::asio;

base::RsaPrivateKey some_key() {
  static base::RsaPrivateKey const key = base::RsaPrivateKey::generate(2048);
  return key;
}

class LoopbackTransportTest : public ::testing::Test {
 protected:
  LoopbackTransportTest() {
    simulator::SimulatorOptions options;
    options.listen = false;
    options.key = some_key();
    options.model.batch_window = std::chrono::milliseconds(0);
    auto started = simulator::Simulator::start(loop.executor(), std::move(options));
    if (!started) throw std::runtime_error(started.error().message);
    service = std::move(*started);
    transport = service->transport();
    ClientOptions chosen;
    chosen.config_url = service->config_url("my-org");
    chosen.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
    chosen.retry.max_retries = 0;
    chosen.hooks.clock = time.clock();
    auto finalized = finalize(std::move(chosen));
    if (!finalized) throw std::runtime_error(finalized.error().message);
    client = std::make_unique<async::Client>(loop.executor(), *finalized, transport);
  }
  ~LoopbackTransportTest() override {
    loop.run(client->shutdown());
    loop.run(service->stop());
  }

  ScaleSet create_set(std::string name = "set") {
    ScaleSet wanted;
    wanted.name = std::move(name);
    return loop.run(client->create_scale_set(std::move(wanted))).value();
  }
  std::unique_ptr<async::MessageSession> open_session(ScaleSetId id) {
    return loop.run(client->open_session(id, "host")).value();
  }
  boost::json::value control(HttpMethod method, std::string const& path, std::string body = "") {
    HttpRequest request;
    request.method = method;
    request.url = service->url() + "/_sim/" + path;
    request.body = std::move(body);
    Result<HttpResponse> const response = loop.run(transport->send(std::move(request)));
    if (!response) throw std::runtime_error(response.error().message);
    EXPECT_LT(response->status, 300) << response->body;
    return response->body.empty() ? boost::json::value() : boost::json::parse(response->body);
  }
  boost::json::value state() { return control(HttpMethod::get, "state"); }
  void queue_job() { control(HttpMethod::post, "jobs", R"({"labels":["set"]})"); }
  void add_fault(std::string body) { control(HttpMethod::post, "faults", std::move(body)); }

  /// A call under way.
  template <class T>
  struct Pending {
    std::optional<Result<T>> result;
    asio::cancellation_signal cancel;
  };
  template <class T>
  std::shared_ptr<Pending<T>> begin(Task<T> task) {
    auto pending = std::make_shared<Pending<T>>();
    asio::co_spawn(loop.executor(), never_throwing(std::move(task)),
                   asio::bind_cancellation_slot(pending->cancel.slot(),
                                                [pending](std::exception_ptr, Result<T> result) {
                                                  pending->result.emplace(std::move(result));
                                                }));
    return pending;
  }
  template <class T>
  Result<T> finish(std::shared_ptr<Pending<T>> const& pending) {
    loop.run_until([&] { return pending->result.has_value(); });
    return std::move(*pending->result);
  }
  template <class T>
  static Task<T> never_throwing(Task<T> task) {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_return co_await std::move(task);
  }

  std::size_t count_in_transcript(std::string const& operation) {
    HttpRequest request;
    request.url = service->url() + "/_sim/transcript?operation=" + operation;
    std::string const lines = loop.run(transport->send(std::move(request))).value().body;
    return static_cast<std::size_t>(std::ranges::count(lines, '\n'));
  }

  http::testing::Loopback loop;
  async::VirtualTime time{loop.context()};
  std::unique_ptr<simulator::Simulator> service;
  std::shared_ptr<HttpTransport> transport;
  std::unique_ptr<async::Client> client;
};

TEST_F(LoopbackTransportTest, AScaleSetLives) {
  ScaleSet const created = create_set();
  EXPECT_EQ(created.name, "set");
  auto const found = loop.run(client->find_scale_set(kDefaultRunnerGroup, "set"));
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->id, created.id);
  ScaleSetUpdate update;
  update.name = "other";
  EXPECT_EQ(loop.run(client->update_scale_set(created.id, update)).value().name, "other");
  EXPECT_FALSE(
      loop.run(client->generate_jit_config(created.id, "runner")).value().encoded.reveal().empty());
  EXPECT_TRUE(loop.run(client->delete_scale_set(created.id)));
  EXPECT_EQ(loop.run(client->get_scale_set(created.id)).error().code,
            ErrorCode::scale_set_not_found);
}

TEST_F(LoopbackTransportTest, AQueuedJobWakesAHeldPoll) {
  auto const session = open_session(create_set().id);
  auto const poll = begin(session->get_message(MessageId{0}, 5));
  EXPECT_EQ(state().at_pointer("/tenants/0/scaleSets/0/advertisedCapacity").as_int64(), 5);
  EXPECT_FALSE(poll->result);
  queue_job();
  Result<std::optional<Message>> const message = finish(poll);
  ASSERT_TRUE(message && *message);
  EXPECT_EQ((*message)->jobs.size(), 1U);
  EXPECT_TRUE(loop.run(session->delete_message((*message)->id)));
  EXPECT_TRUE(loop.run(session->close()));
}

TEST_F(LoopbackTransportTest, ADropAfterTheDeedIsANetworkErrorOfASentRequest) {
  create_set("first");
  add_fault(R"({"route":"create_scale_set","drop":"after","count":1})");
  ScaleSet wanted;
  wanted.name = "set";
  Result<ScaleSet> const created = loop.run(client->create_scale_set(wanted));
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::network);
  EXPECT_TRUE(created.error().request_sent);
  EXPECT_TRUE(loop.run(client->find_scale_set(kDefaultRunnerGroup, "set")).value())
      << "the deed was done";
}

TEST_F(LoopbackTransportTest, APollIsHeldForFiftySecondsOfVirtualTime) {
  auto const session = open_session(create_set().id);
  auto const poll = begin(session->get_message(MessageId{0}, 1));
  time.advance(std::chrono::milliseconds(49999));
  EXPECT_FALSE(poll->result);
  time.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(poll->result);
  ASSERT_TRUE(*poll->result);
  EXPECT_FALSE(**poll->result) << "there was no message";
  EXPECT_TRUE(loop.run(session->close()));
}

TEST_F(LoopbackTransportTest, ClientAndSimulatorHaveOneClock) {
  ScaleSet const set = create_set();
  std::string const before(control(HttpMethod::get, "clock").at("now").as_string());
  EXPECT_EQ(count_in_transcript("admin_connection"), 1U);
  time.advance(std::chrono::hours(2));
  EXPECT_EQ(before, "2026-01-01T00:00:00Z");
  EXPECT_EQ(control(HttpMethod::get, "clock").at("now"), "2026-01-01T02:00:00Z");
  EXPECT_TRUE(loop.run(client->get_scale_set(set.id)));
  EXPECT_EQ(count_in_transcript("admin_connection"), 2U) << "the first token had expired for both";
}

TEST_F(LoopbackTransportTest, AnAbandonedSessionEndsByTheSameClock) {
  ScaleSet const set = create_set();
  auto const abandoned = open_session(set.id);
  time.advance(std::chrono::seconds(90));
  EXPECT_EQ(loop.run(client->open_session(set.id, "other")).error().code,
            ErrorCode::session_conflict);
  time.advance(std::chrono::milliseconds(1));
  auto const next = loop.run(client->open_session(set.id, "other"));
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_TRUE(loop.run((*next)->close()));
}

TEST_F(LoopbackTransportTest, LatenciesAndSlowBodiesTakeVirtualTime) {
  create_set();
  control(HttpMethod::post, "latency", R"({"route":"find_scale_set","milliseconds":2000})");
  add_fault(R"({"kind":"slow_body","route":"find_scale_set","bodyMilliseconds":1000})");
  auto const call = begin(client->find_scale_set(kDefaultRunnerGroup, "set"));
  time.advance(std::chrono::milliseconds(2999));
  EXPECT_FALSE(call->result);
  time.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(call->result);
  EXPECT_TRUE(*call->result);
}

TEST_F(LoopbackTransportTest, ACancelledPollEndsAtTheSimulatorToo) {
  auto const session = open_session(create_set().id);
  auto const poll = begin(session->get_message(MessageId{0}, 1));
  static_cast<void>(state());
  EXPECT_EQ(count_in_transcript("get_message"), 0U);
  poll->cancel.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(finish(poll).error().code, ErrorCode::cancelled);
  EXPECT_EQ(count_in_transcript("get_message"), 1U) << "the dispatch has ended";
  EXPECT_TRUE(loop.run(session->close()));
}

TEST_F(LoopbackTransportTest, ARequestHasATimeLimit) {
  add_fault(R"({"route":"registration_token","delayMilliseconds":60000})");
  HttpRequest request;
  request.method = HttpMethod::post;
  request.url = service->url() + "/api/v3/orgs/o/actions/runners/registration-token";
  request.headers = {{"Authorization", "Bearer x"}};
  request.timeout = std::chrono::milliseconds(30000);
  auto const call = begin(transport->send(std::move(request)));
  time.advance(std::chrono::milliseconds(29999));
  EXPECT_FALSE(call->result);
  time.advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(call->result);
  ASSERT_FALSE(*call->result);
  EXPECT_EQ(call->result->error().code, ErrorCode::timeout);
  EXPECT_TRUE(call->result->error().request_sent);
}

Task<HttpResponse> second_of(HttpTransport* transport, HttpRequest first, HttpRequest second) {
  Result<HttpResponse> const ignored = co_await transport->send(std::move(first));
  static_cast<void>(ignored);
  co_return co_await transport->send(std::move(second));
}

TEST_F(LoopbackTransportTest, ACancelledCoroutineSendsNothingMore) {
  add_fault(R"({"route":"registration_token","delayMilliseconds":60000})");
  HttpRequest held;
  held.method = HttpMethod::post;
  held.url = service->url() + "/api/v3/orgs/o/actions/runners/registration-token";
  HttpRequest next;
  next.url = service->url() + "/rest/_apis/runtime/runnergroups";
  auto const call = begin(second_of(transport.get(), std::move(held), std::move(next)));
  static_cast<void>(state());
  call->cancel.emit(asio::cancellation_type::terminal);
  Result<HttpResponse> const response = finish(call);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::cancelled);
  EXPECT_FALSE(response.error().request_sent);
  EXPECT_EQ(count_in_transcript("find_runner_group"), 0U);
}

TEST_F(LoopbackTransportTest, AMalformedUrlIsNotSent) {
  HttpRequest request;
  request.url = "/_sim/state";
  Result<HttpResponse> const response = loop.run(transport->send(std::move(request)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(response.error().request_sent);
}

}  // namespace
}  // namespace scaleset::inline v0
