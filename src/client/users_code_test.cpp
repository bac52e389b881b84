#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "client/testing/session_fixture.hpp"
#include "scaleset/testing/recording_hooks.hpp"

/// Whatever a user hands in may throw: it is an error of the call, and nothing is stuck afterwards.
namespace scaleset::inline v0::async {
namespace {

using ::testing::HasSubstr;

/// Throws for the requests that `throws` picks: before there is a coroutine, or in it.
class ThrowingTransport final : public HttpTransport {
 public:
  using Predicate = std::function<bool(HttpRequest const&)>;
  ThrowingTransport(std::shared_ptr<HttpTransport> inner, bool early)
      : inner_(std::move(inner)), early_(early) {}
  Task<HttpResponse> send(HttpRequest request) override {
    bool const bad = throws && throws(request);
    if (bad && early_) throw std::runtime_error("no route");
    return go_on(inner_, std::move(request), bad);
  }
  Predicate throws;

 private:
  static Task<HttpResponse> go_on(std::shared_ptr<HttpTransport> inner, HttpRequest request,
                                  bool bad) {
    if (bad) throw std::runtime_error("no route");
    co_return co_await inner->send(std::move(request));
  }
  std::shared_ptr<HttpTransport> inner_;
  bool early_;
};

class UsersCodeTest : public SessionTest {
 protected:
  Client& make_throwing(bool early) {
    throwing = std::make_shared<ThrowingTransport>(held_transport, early);
    clients.push_back(
        std::make_unique<Client>(context.get_executor(), finalize(options).value(), throwing));
    return *clients.back();
  }
  std::shared_ptr<ThrowingTransport> throwing;
};

TEST_F(UsersCodeTest, AReaderThatThrowsFailsTheCallsThatWaitAndIsReadAgainLater) {
  bool throws = false;
  options.credentials = PersonalAccessToken{[&throws]() -> Result<Secret> {
    if (throws) throw std::runtime_error("vault sealed");
    return Secret("pat");
  }};
  auto& api = make_client();
  throws = true;
  auto const one = begin(api.get_runner(RunnerId{1}));
  auto const two = begin(api.get_runner(RunnerId{1}));
  ASSERT_TRUE(wait_for(one) && wait_for(two)) << "nobody waits for ever";
  ASSERT_FALSE(*one->result);
  EXPECT_THAT(one->result->error().message, HasSubstr("vault sealed"));
  EXPECT_FALSE(*two->result);
  throws = false;
  clock->advance(1min);
  EXPECT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
}

TEST_F(UsersCodeTest, ATransportThatThrowsWhileATokenIsGotIsAnErrorOfTheCall) {
  options.retry.max_retries = 0;
  for (bool const early : {true, false}) {
    auto& api = make_throwing(early);
    throwing->throws = [](HttpRequest const&) { return true; };
    auto const failed = run_task(context, api.get_runner(RunnerId{1}));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::network);
    EXPECT_THAT(failed.error().message, HasSubstr("HttpTransport::send threw an exception: no"));
    throwing->throws = nullptr;
    clock->advance(1min);
    EXPECT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
  }
}

TEST_F(UsersCodeTest, ATransportThatThrowsIsTriedAgainAsANetworkErrorIs) {
  auto& api = make_throwing(false);
  int left = 2;
  throwing->throws = [&left](HttpRequest const&) { return left-- > 0; };
  EXPECT_TRUE(run_task(context, api.get_runner(RunnerId{1})));
}

TEST_F(UsersCodeTest, ASessionIsNotStuckAfterItsRenewalThrew) {
  options.retry.max_retries = 0;
  auto& api = make_throwing(true);
  auto session = run_task(context, api.open_session(kSet, "host"));
  ASSERT_TRUE(session);
  for (bool const lost : {false, true}) {
    lost ? lose_session() : expire_token();
    throwing->throws = [lost](HttpRequest const& request) {
      return lost ? is_create(request) : is_refresh(request);
    };
    auto const poll = begin((*session)->get_message(MessageId{}, 1));
    auto const acknowledgement = begin((*session)->delete_message(MessageId{1}));
    ASSERT_TRUE(wait_for(poll) && wait_for(acknowledgement)) << "nobody waits for ever";
    EXPECT_FALSE(*poll->result);
    EXPECT_FALSE(*acknowledgement->result);
    throwing->throws = nullptr;
    EXPECT_TRUE(run_task(context, (*session)->get_message(MessageId{}, 1)));
  }
  EXPECT_TRUE(run_task(context, (*session)->close()));
}

TEST_F(UsersCodeTest, HooksThatThrowChangeNothing) {
  struct Log final : LogSink {
    [[nodiscard]] bool enabled(LogLevel) const override { throw std::runtime_error("log"); }
    void write(LogRecord const&) override {}
  };
  struct Metrics final : MetricsSink {
    void on_http_attempt(HttpAttempt const&) override { throw std::runtime_error("metrics"); }
    void on_token_refresh(bool) override { throw std::runtime_error("metrics"); }
    void on_session_recreated(ScaleSetId, std::string_view) override {
      throw std::runtime_error("metrics");
    }
  };
  struct Random final : RandomSource {
    double uniform() override { throw std::runtime_error("random"); }
  };
  options.hooks.log = std::make_shared<Log>();
  options.hooks.metrics = std::make_shared<Metrics>();
  options.hooks.random = std::make_shared<Random>();
  auto session = open();
  lose_session();
  EXPECT_TRUE(run_task(context, session->get_message(MessageId{}, 1)));
  EXPECT_EQ(session->times_recreated(), 1);
  EXPECT_TRUE(run_task(context, session->close()));
}

}  // namespace
}  // namespace scaleset::inline v0::async
