#include "scaleset/async/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <deque>

#include "base/base64.hpp"
#include "scaleset/testing/fake_clock.hpp"
#include "scaleset/testing/fake_transport.hpp"

namespace scaleset::async {
namespace {

using namespace std::chrono_literals;
using scaleset::testing::FakeTransport;
using scaleset::testing::make_response;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string never_expiring_token() {
  return base::base64url_encode(R"({"alg":"RS256"})") + "." +
         base::base64url_encode(R"({"exp":4000000000})") + ".c2ln";
}

std::string session_body(int number) {
  return R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae1739840)" + std::to_string(number) +
         R"(","ownerName":"host","messageQueueUrl":"https://queue/message","messageQueueAccessToken":"q",)"
         R"("statistics":{"totalAssignedJobs":1}})";
}

std::string message_body(int id, std::string const& type) {
  return R"({"messageId":)" + std::to_string(id) +
         R"(,"messageType":"RunnerScaleSetJobMessages","body":"[{\"messageType\":\")" + type +
         R"(\",\"jobId\":\"j\",\"runnerName\":\"r\"}]","statistics":{"totalAssignedJobs":3}})";
}

/// Answers polls from a script; when it is used up, the listener is told to stop.
class ListenerTest : public ::testing::Test, public ListenerHandler {
 protected:
  ListenerTest() {
    options.config_url = "https://github.com/my-org";
    options.credentials = PersonalAccessToken{constant_secret(Secret("pat"))};
    options.retry.max_retries = 0;
    options.hooks.random = std::make_shared<scaleset::testing::FixedRandom>();
    transport = std::make_shared<FakeTransport>(
        [this](HttpRequest const& request) { return handle(request); });
    client = std::make_unique<Client>(context.get_executor(), *finalize(options), transport);
  }

  void run() {
    Listener::Options listener_options;
    listener_options.scale_set = ScaleSetId{5};
    listener_options.owner = "host";
    listener_options.previous_session = previous_session;
    listener_options.on_session = [this](std::string id) {
      events.push_back("session " + id.substr(id.empty() ? 0 : 35));
    };
    listener_options.hooks = options.hooks;
    listener = std::make_unique<Listener>(context.get_executor(), *client, *this,
                                          std::move(listener_options));
    boost::asio::co_spawn(context, listener->run(),
                          [this](std::exception_ptr error, Result<void> result) {
                            if (error) std::rethrow_exception(error);
                            events.emplace_back(result ? "ended" : "gave up");
                          });
    context.run();
  }

  Result<HttpResponse> handle(HttpRequest const& request) {
    auto const& url = request.url;
    if (url.ends_with("/registration-token"))
      return make_response(201, R"({"token":"registration"})");
    if (url.ends_with("/runner-registration")) {
      return make_response(
          200, R"({"url":"https://service/rest","token":")" + never_expiring_token() + "\"}");
    }
    if (url.find("/sessions") != std::string::npos) {
      if (request.method == HttpMethod::post) return make_response(200, session_body(++sessions));
      events.emplace_back("close");
      return make_response(204);
    }
    if (request.method == HttpMethod::del) {
      events.push_back("acknowledge " + url.substr(url.rfind('/') + 1));
      return make_response(204);
    }
    auto const cursor = url.find("lastMessageId=");
    events.push_back("poll " + (cursor == std::string::npos ? "0" : url.substr(cursor + 14)));
    if (script.empty()) {
      listener->stop();
      return make_response(202);
    }
    auto next = std::move(script.front());
    script.pop_front();
    return next;
  }

  Task<void> apply(Message message) override {
    events.push_back("apply " + std::to_string(message.id.value) + " with " +
                     std::to_string(message.jobs.size()) + " jobs");
    if (apply_failures > 0) {
      --apply_failures;
      co_return fail(ErrorCode::io, "disk full");
    }
    co_return Result<void>();
  }
  Task<void> quarantine(Message) override { co_return Result<void>(); }
  int capacity() override { return 10; }
  Task<ScaleSetId> replace_scale_set() override {
    events.emplace_back("replace");
    co_return ScaleSetId{6};
  }

  boost::asio::io_context context;
  ClientOptions options;
  std::shared_ptr<FakeTransport> transport;
  std::unique_ptr<Client> client;
  std::unique_ptr<Listener> listener;
  std::deque<Result<HttpResponse>> script;
  std::vector<std::string> events;
  std::optional<std::string> previous_session;
  int sessions = 0;
  int apply_failures = 0;
};

TEST_F(ListenerTest, AppliesThenAcknowledgesThenPollsOn) {
  script.emplace_back(make_response(200, message_body(100000001, "JobStarted")));
  run();
  EXPECT_THAT(events, ElementsAre("session 1", "apply 0 with 0 jobs", "poll 0",
                                  "apply 100000001 with 1 jobs", "acknowledge 100000001",
                                  "poll 100000001", "close", "session ", "ended"));
}

TEST_F(ListenerTest, LostSessionIsReopenedAndReadFromTheStart) {
  script.emplace_back(make_response(200, message_body(100000001, "JobStarted")));
  script.emplace_back(make_response(
      404,
      R"({"typeName":"GitHub.Actions.Runtime.WebApi.RunnerScaleSetSessionExpiredException, X","message":"not valid"})"));
  run();
  EXPECT_EQ(sessions, 2);
  EXPECT_THAT(events, ::testing::Contains("session 2"));
  EXPECT_THAT(events, ::testing::Contains("poll 0").Times(2));
}

TEST_F(ListenerTest, ClosesWhatAnEarlierProcessLeftBehind) {
  previous_session = "4fd0ffb0-d365-4dae-99ff-000000000000";
  run();
  EXPECT_EQ(events.front(), "close");
  EXPECT_EQ(events[1], "session 1");
}

TEST_F(ListenerTest, StopDuringAHeldPollEndsAtOnce) {
  // FakeTransport answers at once, so the hold is the listener's own wait after a useless answer.
  script.emplace_back(make_response(200, ""));
  boost::asio::steady_timer stop_soon(context, 20ms);
  stop_soon.async_wait([this](boost::system::error_code) { listener->stop(); });
  auto const begun = std::chrono::steady_clock::now();
  run();
  EXPECT_EQ(events.back(), "ended");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 900ms);
}

}  // namespace
}  // namespace scaleset::async
