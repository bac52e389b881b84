#include "scaleset/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "client/testing/client_fixture.hpp"
#include "scaleset/testing/recording_hooks.hpp"

/// The blocking API over a transport without a network.
namespace scaleset::inline v0 {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Calls a function once, from whichever hook is called first after arm().
class OneCall {
 public:
  void arm(std::function<void()> function) {
    std::lock_guard const lock(mutex_);
    function_ = std::move(function);
  }
  void make() {
    std::function<void()> function;
    {
      std::lock_guard const lock(mutex_);
      function = std::exchange(function_, nullptr);
    }
    if (function) function();
  }

 private:
  std::mutex mutex_;
  std::function<void()> function_;
};

class CallingLog final : public LogSink {
 public:
  explicit CallingLog(std::shared_ptr<OneCall> call) : call_(std::move(call)) {}
  [[nodiscard]] bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogRecord const&) noexcept override { call_->make(); }

 private:
  std::shared_ptr<OneCall> call_;
};

class CallingMetrics final : public MetricsSink {
 public:
  explicit CallingMetrics(std::shared_ptr<OneCall> call) : call_(std::move(call)) {}
  void on_http_attempt(HttpAttempt const&) noexcept override { call_->make(); }

 private:
  std::shared_ptr<OneCall> call_;
};

/// A client over a FakeTransport that answers as ClientTest does.
class BlockingTest : public async::ClientTest {
 protected:
  BlockingTest() {
    answer = [](HttpRequest const& request) {
      bool const opens =
          request.method == HttpMethod::post && request.url.find("/sessions?") != std::string::npos;
      if (opens) return testing::make_response(200, async::kSessionBody);
      if (request.method == HttpMethod::del) return testing::make_response(204);
      return testing::make_response(200, R"({"id":1,"name":"r"})");
    };
  }
  Client make_blocking(std::shared_ptr<Runtime> runtime = make_runtime()) {
    auto respond = [this](HttpRequest const& request) {
      threads.push_back(std::this_thread::get_id());
      if (before_answer) before_answer(request);
      return handle(request);
    };
    auto deleted = [this](testing::FakeTransport* gone) {
      std::default_delete<testing::FakeTransport>()(gone);
      transport_gone.set_value();
    };
    std::shared_ptr<testing::FakeTransport> made(new testing::FakeTransport(respond), deleted);
    auto api = Client::create(options, std::move(runtime), std::move(made));
    if (!api) throw std::runtime_error(api.error().message);
    return *std::move(api);
  }
  MessageSession open(Client const& api) {
    auto session = api.open_session(ScaleSetId{5}, "host");
    if (!session) throw std::runtime_error(session.error().to_string());
    return *std::move(session);
  }

  std::vector<std::thread::id> threads;  // of each request
  std::function<void(HttpRequest const&)> before_answer;
  std::promise<void> transport_gone;  // when nothing uses the FakeTransport any more
};

TEST_F(BlockingTest, ATransportOfOnesOwnIsUsedOnTheRuntimesThreadOnly) {
  auto const api = make_blocking();
  auto const runner = api.get_runner(RunnerId{1});
  ASSERT_TRUE(runner) << runner.error().to_string();
  EXPECT_EQ(runner->name, "r");
  ASSERT_EQ(threads.size(), 3U) << "registration token, admin connection, runner";
  for (auto const& thread : threads) {
    EXPECT_TRUE(thread == threads.front());
    EXPECT_TRUE(thread != std::this_thread::get_id());
  }
}

TEST_F(BlockingTest, GetIsAnErrorWhereFindHasNoValue) {
  answer = [](HttpRequest const& request) {
    bool const by_id = request.url.find("/agents/") != std::string::npos;
    return by_id ? testing::make_response(404, R"({"typeName":"X.AgentNotFoundException, X"})")
                 : testing::make_response(200, R"({"count":0,"value":[]})");
  };
  auto const api = make_blocking();
  EXPECT_EQ(api.get_runner(RunnerId{1}).error().code, ErrorCode::runner_not_found);
  EXPECT_FALSE(api.find_runner("r")->has_value());
  EXPECT_FALSE(api.find_runner_group("g")->has_value());
  EXPECT_FALSE(api.find_scale_set(kDefaultRunnerGroup, "s")->has_value());
}

// ---- Sessions that are dropped

TEST_F(BlockingTest, ASessionThatIsDroppedWithoutCloseIsToldInTheLog) {
  auto const log = std::make_shared<testing::RecordingLogSink>();
  options.hooks.log = log;
  auto const api = make_blocking();
  {
    auto const dropped = open(api);
  }
  EXPECT_THAT(log->lines(),
              Contains("warn client: a message session was dropped without close(); the service "
                       "keeps it for about 90 s and refuses other sessions of the scale set "
                       "meanwhile session=4fd0ffb0-d365-4dae-99ff-8dae173984f9 scale_set=5"));
}

TEST_F(BlockingTest, ASessionThatWasClosedIsDroppedSilently) {
  auto const log = std::make_shared<testing::RecordingLogSink>();
  options.hooks.log = log;
  auto const api = make_blocking();
  {
    auto session = open(api);
    EXPECT_TRUE(session.close());
  }
  EXPECT_THAT(log->lines(), Not(Contains(HasSubstr("dropped"))));
}

// ---- On the runtime's own thread

template <class T>
void expect_refused(Result<T> const& result, std::string const& method) {
  ASSERT_FALSE(result) << method;
  EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(result.error().request_sent);
  EXPECT_THAT(result.error().message, HasSubstr(method + " was called on the thread of its "));
}

void expect_every_call_refused(Client const& api) {
  ScaleSetId const set{5};
  expect_refused(api.find_scale_set(kDefaultRunnerGroup, "s"), "Client::find_scale_set");
  expect_refused(api.get_scale_set(set), "Client::get_scale_set");
  expect_refused(api.list_scale_sets(), "Client::list_scale_sets");
  expect_refused(api.create_scale_set({}), "Client::create_scale_set");
  expect_refused(api.get_or_create_scale_set({}), "Client::get_or_create_scale_set");
  expect_refused(api.update_scale_set(set, {}), "Client::update_scale_set");
  expect_refused(api.delete_scale_set(set), "Client::delete_scale_set");
  expect_refused(api.find_runner_group("g"), "Client::find_runner_group");
  expect_refused(api.list_runner_groups(), "Client::list_runner_groups");
  expect_refused(api.acquirable_jobs(set), "Client::acquirable_jobs");
  expect_refused(api.generate_jit_config(set, "r"), "Client::generate_jit_config");
  expect_refused(api.get_runner(RunnerId{1}), "Client::get_runner");
  expect_refused(api.find_runner("r"), "Client::find_runner");
  expect_refused(api.list_runners(), "Client::list_runners");
  expect_refused(api.remove_runner(RunnerId{1}), "Client::remove_runner");
  expect_refused(api.open_session(set, "host"), "Client::open_session");
  expect_refused(api.close_session(set, "id"), "Client::close_session");
  expect_refused(api.access_info(), "Client::access_info");
  EXPECT_THAT(api.debug_info(), HasSubstr("\"version\"")) << "needs no wait";
  SystemInfo info;
  info.system = "renamed";
  api.set_system_info(info);
  EXPECT_EQ(api.system_info().system, "renamed");
}

void expect_every_call_refused(MessageSession& session) {
  expect_refused(session.get_message(MessageId{}, 1), "MessageSession::get_message");
  expect_refused(session.delete_message(MessageId{1}), "MessageSession::delete_message");
  expect_refused(session.acquire_jobs({}), "MessageSession::acquire_jobs");
  expect_refused(session.refresh(), "MessageSession::refresh");
  expect_refused(session.close(), "MessageSession::close");
  EXPECT_THAT(session.id(), Not(IsEmpty())) << "needs no wait";
  EXPECT_EQ(session.owner(), "host");
  EXPECT_EQ(session.statistics()->assigned_jobs, 2);
  EXPECT_EQ(session.times_recreated(), 0);
}

/// The places where a program's own code runs on the runtime's thread.
enum class Place { log, metrics, secret, transport };

class OwnThreadTest : public BlockingTest, public ::testing::WithParamInterface<Place> {
 protected:
  OwnThreadTest() {
    options.credentials = PersonalAccessToken{[this]() -> Result<Secret> {
      if (before_renewal) before_renewal();
      if (GetParam() == Place::secret) call->make();
      return Secret("pat");
    }};
    if (GetParam() == Place::log) options.hooks.log = std::make_shared<CallingLog>(call);
    if (GetParam() == Place::metrics)
      options.hooks.metrics = std::make_shared<CallingMetrics>(call);
    if (GetParam() == Place::transport)
      before_answer = [this](HttpRequest const&) { call->make(); };
  }

  std::shared_ptr<OneCall> call = std::make_shared<OneCall>();
  std::function<void()> before_renewal;  // of the token
};

TEST_P(OwnThreadTest, EveryCallFailsAtOnceAndEveryGetterAnswers) {
  auto const api = make_blocking();
  auto session = open(api);
  clock->advance(2h);  // so that the next call gets a token, which passes by every place
  bool called = false;
  call->arm([&] {
    called = true;
    expect_every_call_refused(api);
    expect_every_call_refused(session);
  });
  EXPECT_TRUE(api.get_runner(RunnerId{1})) << "the call that the hook belongs to goes on";
  EXPECT_TRUE(called);
  EXPECT_TRUE(session.close());
}

TEST_P(OwnThreadTest, AClientCanBeMadeThere) {
  auto const api = make_blocking();
  std::optional<Client> made;
  call->arm([&] {
    auto result = Client::create(options, make_runtime());
    ASSERT_TRUE(result);
    made = *std::move(result);
  });
  EXPECT_TRUE(api.get_runner(RunnerId{1}));
  ASSERT_TRUE(made);
  EXPECT_THAT(made->debug_info(), HasSubstr("\"requests\":0"));
}

/// What a program holds of the library, dropped in one go.
struct Everything {
  std::optional<Client> client;
  std::optional<MessageSession> session;
  std::shared_ptr<Runtime> runtime;
};

/// The token is renewed in the background, with no call under way: whatever the program's code
/// drops then is the last there is.
TEST_P(OwnThreadTest, TheLastCopiesCanBeDroppedThere) {
  auto held = std::make_shared<Everything>();
  held->runtime = make_runtime();
  held->client = make_blocking(held->runtime);
  held->session = open(*held->client);
  clock->advance(58min);  // the token is to be renewed, and still good for the next call
  std::promise<void> go_on;
  before_renewal = [&go_on] { go_on.get_future().wait(); };
  EXPECT_TRUE(held->client->get_runner(RunnerId{1}));
  call->arm([held = std::move(held)] { *held = {}; });
  go_on.set_value();
  EXPECT_EQ(transport_gone.get_future().wait_for(10s), std::future_status::ready);
}

INSTANTIATE_TEST_SUITE_P(Places, OwnThreadTest,
                         ::testing::Values(Place::log, Place::metrics, Place::secret,
                                           Place::transport));

}  // namespace
}  // namespace scaleset::inline v0
