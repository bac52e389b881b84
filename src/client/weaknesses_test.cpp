#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include "client/testing/client_fixture.hpp"

/// One test for each weakness of the reference (protocol.md 13) that shows in whole calls only. The
/// pure ones are in protocol/weaknesses_test.cpp.
namespace scaleset::inline v0::async {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class Weaknesses : public ClientTest {
 protected:
  /// A session whose queue answers as the test says; `answer` is that of everything else.
  Result<std::unique_ptr<MessageSession>> open(std::function<Result<HttpResponse>()> queue) {
    answer = [queue](HttpRequest const& request) -> Result<HttpResponse> {
      bool const opens = request.url.contains("/sessions?");
      return opens ? make_response(200, kSessionBody) : queue();
    };
    return run_task(context, make().open_session(ScaleSetId{5}, "host"));
  }
};

class Recorder final : public LogSink {
 public:
  [[nodiscard]] bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogRecord const& record) noexcept override {
    text.append(record.message);
    for (auto const& field : record.fields) {
      text.append(" ").append(field.key).append("=");
      if (auto const* value = std::get_if<std::string_view>(&field.value)) text.append(*value);
    }
    text += '\n';
  }
  std::string text;
};

TEST_F(Weaknesses, W01_CredentialsWithoutContentAreRefusedBeforeUse) {
  options.credentials = PersonalAccessToken{};
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
  options.credentials = GitHubApp{};
  EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
}

TEST_F(Weaknesses, W01_AnAdminTokenThatIsNoneIsAnError) {
  options.retry.max_retries = 0;
  for (std::string const token :
       {"", "abc", "a.b.c", "e30.e30.x", "eyJhbGciOiJSUzI1NiJ9.bnVsbA.x"}) {
    chain_failure = make_response(200, R"({"url":"https://h","token":")" + token + "\"}");
    auto const runner = run_task(context, make().get_runner(RunnerId{1}));
    ASSERT_FALSE(runner);
    EXPECT_EQ(runner.error().code, ErrorCode::malformed_response);
    ASSERT_TRUE(run_task(context, shut_down()));
  }
}

TEST_F(Weaknesses, W02_ANameCannotBecomeAnotherQuery) {
  answer = [](HttpRequest const&) { return make_response(200, R"({"count":0,"value":[]})"); };
  auto& api = make();
  ASSERT_TRUE(run_task(context, api.find_scale_set(kDefaultRunnerGroup, "a;b&name=c")));
  EXPECT_THAT(targets().back(), HasSubstr("&name=a%3Bb%26name%3Dc&runnerGroupId=1"));
}

TEST_F(Weaknesses, W07_ExhaustedRetriesTellTheLastAnswer) {
  options.retry.max_retries = 1;
  answer = [](HttpRequest const&) {
    return make_response(503, R"({"message":"upstream is down","token":"hidden"})",
                         {{"X-GitHub-Request-Id", "A:B"}, {"ActivityId", "0f0f"}});
  };
  auto const removed = run_task(context, make().remove_runner(RunnerId{1}));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().attempts, 2);
  EXPECT_EQ(removed.error().http_status, 503);
  EXPECT_EQ(removed.error().reply().github_request_id, "A:B");
  EXPECT_EQ(removed.error().reply().activity_id, "0f0f");
  EXPECT_EQ(removed.error().reply().response_body, R"({"message":"upstream is down","token":***})");
  EXPECT_THAT(removed.error().message, HasSubstr("upstream is down"));
}

TEST_F(Weaknesses, W07_TheLastAnswerSurvivesTheNetworkErrorsAfterIt) {
  int calls = 0;
  answer = [&calls](HttpRequest const&) -> Result<HttpResponse> {
    if (++calls == 1)
      return make_response(503, "upstream is down", {{"X-GitHub-Request-Id", "A:B"}});
    return fail(ErrorCode::network, "connection refused");
  };
  auto const removed = run_task(context, make().remove_runner(RunnerId{1}));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, ErrorCode::network);
  EXPECT_EQ(removed.error().attempts, 5);
  EXPECT_EQ(removed.error().http_status, 503);
  EXPECT_EQ(removed.error().reply().github_request_id, "A:B");
  EXPECT_EQ(removed.error().reply().response_body, "upstream is down");
  EXPECT_EQ(removed.error().message,
            "connection refused; before that the service answered 503 (service unavailable): "
            "upstream is down");
}

TEST_F(Weaknesses, W07_ACancelledWaitTellsWhatItWaitedFor) {
  options.retry.min_delay = options.retry.max_delay = 20s;
  boost::asio::cancellation_signal cancel;
  answer = [this, &cancel](HttpRequest const&) {
    boost::asio::post(context, [&] { cancel.emit(boost::asio::cancellation_type::terminal); });
    return make_response(503, "upstream is down");
  };
  std::optional<Result<void>> removed;
  auto const done = [&removed](std::exception_ptr, Result<void> result) { removed = result; };
  auto& api = make();
  auto call = [](Client* target) -> Task<void> {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_return co_await target->remove_runner(RunnerId{1});
  };
  boost::asio::co_spawn(context, call(&api),
                        boost::asio::bind_cancellation_slot(cancel.slot(), done));
  context.restart();
  while (!removed && context.run_one() > 0) {
  }
  ASSERT_TRUE(removed && !*removed);
  EXPECT_EQ(removed->error().code, ErrorCode::cancelled);
  EXPECT_EQ(removed->error().http_status, 503);
  EXPECT_EQ(removed->error().operation, "RemoveRunner");
  EXPECT_EQ(removed->error().reply().response_body, "upstream is down");
}

TEST_F(Weaknesses, W09_ARefreshKeepsWhatItsAnswerLacks) {
  auto session = open([this] {
    auto const& last = transport->requests.back();
    if (last.method == HttpMethod::patch)
      return make_response(200, R"({"messageQueueAccessToken":"second"})");
    return header(last, "Authorization") == "Bearer second" ? make_response(202)
                                                            : make_response(401);
  });
  ASSERT_TRUE(session);
  EXPECT_TRUE(run_task(context, (*session)->get_message(MessageId{}, 1)));
  EXPECT_EQ(transport->requests.back().url, "https://queue/message");
  EXPECT_EQ((*session)->id(), "4fd0ffb0-d365-4dae-99ff-8dae173984f9");
}

TEST_F(Weaknesses, W12_AnEmptySuccessIsAnEmptyPoll) {
  auto session = open([] { return make_response(200); });
  ASSERT_TRUE(session);
  auto const message = run_task(context, (*session)->get_message(MessageId{}, 1));
  ASSERT_TRUE(message) << message.error().to_string();
  EXPECT_FALSE(*message);
}

TEST_F(Weaknesses, W14_AConfigUrlIsCheckedWhenTheClientIsMade) {
  for (std::string const url : {"github.com/org", "https://user:password@github.com/o", "o", ""}) {
    options.config_url = url;
    EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_config_url) << url;
  }
}

TEST_F(Weaknesses, W19_ANegativeCapacityIsNotSent) {
  auto session = open([] { return make_response(202); });
  ASSERT_TRUE(session);
  auto const sent = transport->requests.size();
  EXPECT_EQ(run_task(context, (*session)->get_message(MessageId{}, -1)).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(transport->requests.size(), sent);
}

TEST_F(Weaknesses, W23_OnlyWhatWasGrantedIsReported) {
  auto session = open([] { return make_response(200, R"({"count":2,"value":[7]})"); });
  ASSERT_TRUE(session);
  std::vector<RequestId> const wanted{RequestId{5}, RequestId{7}};
  auto const acquired = run_task(context, (*session)->acquire_jobs(wanted));
  ASSERT_TRUE(acquired) << acquired.error().to_string();
  EXPECT_THAT(*acquired, ElementsAre(RequestId{7}));
}

TEST_F(Weaknesses, W25_TheCallersScaleSetStaysAsItIs) {
  answer = [](HttpRequest const&) { return make_response(200, R"({"id":5,"name":"set"})"); };
  ScaleSet mine;
  mine.name = "set";
  auto& api = make();
  ASSERT_TRUE(run_task(context, api.create_scale_set(mine)));
  EXPECT_THAT(transport->requests.back().body, HasSubstr(R"("labels":[{"type":"System")"));
  EXPECT_TRUE(mine.labels.empty());
  ScaleSetUpdate update;
  update.labels = std::vector<Label>{Label("a")};
  update.labels->front().type = "";
  ASSERT_TRUE(run_task(context, api.update_scale_set(ScaleSetId{5}, update)));
  EXPECT_EQ(update.labels->front().type, "");
}

TEST_F(Weaknesses, W26_AnUpdateSendsOnlyTheChange) {
  answer = [](HttpRequest const&) { return make_response(200, R"({"id":5,"name":"set"})"); };
  ScaleSetUpdate update;
  update.disable_update = true;
  ASSERT_TRUE(run_task(context, make().update_scale_set(ScaleSetId{5}, update)));
  EXPECT_EQ(transport->requests.back().body, R"({"RunnerSetting":{"disableUpdate":true}})");
}

TEST_F(Weaknesses, W28_TheLogHoldsNoTokenAndNoUrlOfOne) {
  auto const log = std::make_shared<Recorder>();
  options.hooks.log = log;
  options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_secret"))};
  int calls = 0;
  answer = [&calls](HttpRequest const&) {
    return ++calls == 1 ? make_response(401, "eyJ.ghp_secret") : make_response(503);
  };
  options.retry.max_retries = 1;
  EXPECT_FALSE(run_task(context, make().remove_runner(RunnerId{1})));
  ASSERT_TRUE(run_task(context, shut_down()));
  chain_failure = make_response(403, R"({"message":"no","token":"registration"})");
  EXPECT_FALSE(run_task(context, make().remove_runner(RunnerId{1})));
  EXPECT_NE(log->text, "");
  for (std::string const secret : {"ghp_", "eyJ", "\"registration\"", "api.github.com"}) {
    EXPECT_THAT(log->text, Not(HasSubstr(secret)));
  }
}

TEST_F(Weaknesses, W29_AnIncompleteAppIsRefusedWhenTheClientIsMade) {
  auto const key = constant_secret(Secret("k"));
  for (auto const& app :
       {GitHubApp{"", 42, key}, GitHubApp{"Iv1", 0, key}, GitHubApp{"Iv1", 42, {}}}) {
    options.credentials = app;
    EXPECT_EQ(finalize(options).error().code, ErrorCode::invalid_options);
  }
}

}  // namespace
}  // namespace scaleset::inline v0::async
