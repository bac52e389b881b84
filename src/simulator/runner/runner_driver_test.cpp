#include "simulator/runner/runner_driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <deque>
#include <map>

#include "base/files.hpp"
#include "http/server.hpp"
#include "scaleset/async/timer.hpp"
#include "simulator/runner/testing/pretend_runner_program.hpp"
#include "simulator/runner/testing/sample_jit_config.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace asio = boost::asio;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::hours kMustNotExpire{1};

http::ServerResponse reply(int status, std::string body = "{}") {
  http::ServerResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::ServerResponse no_reply() {
  http::ServerResponse response;
  response.drop_connection = true;
  return response;
}

/// A service with prepared answers: for each "METHOD path" a list in order, of which the last is
/// repeated. A poll without an answer is held.
class RunnerDriverTest : public ::testing::Test {
 protected:
  RunnerDriverTest() {
    auto handler = [this](http::ServerRequest request) { return answer(std::move(request)); };
    server = std::move(*http::Server::listen(context.get_executor(), "127.0.0.1", 0, handler));
    base = "http://127.0.0.1:" + std::to_string(server->port());
    answers["POST /_apis/oauth2/token"] = {
        reply(200, R"({"access_token":"token-1","expires_in":3600})")};
    answers["GET /first/_apis/connectionData"] = {reply(200)};
    answers["POST /broker/session"] = {reply(201)};
    answers["DELETE /broker/session"] = {reply(200)};
    answers["POST /run/1/renewjob"] = {reply(200)};
    answers["POST /run/1/completejob"] = {reply(200)};
    answers["POST /run/1/acquirejob"] = {job("")};
    polls = {message(
        "RunnerJobRequest",
        R"({\"runner_request_id\":\"r-1\",\"run_service_url\":\")" + base + R"(/run/1/\"})")};
  }
  ~RunnerDriverTest() override {
    asio::co_spawn(context, server->stop(), asio::detached);
    context.restart();
    context.run();
  }

  static http::ServerResponse message(std::string const& type, std::string const& escaped_body) {
    return reply(
        200, R"({"messageId":1,"messageType":")" + type + R"(","body":")" + escaped_body + R"("})");
  }
  static http::ServerResponse job(std::string const& variables, std::string const& script = "") {
    return reply(
        200, R"({"plan":{"planId":"p-1"},"jobId":"j-1","jobDisplayName":"build","variables":{)" +
                 variables + R"(},"steps":[{"id":"s-1","reference":{"type":"script"},)" +
                 R"("inputs":{"map":[{"Value":{"lit":")" + script + R"("}}]}}]})");
  }
  static http::ServerResponse long_job() {
    return job(R"("simulator.durationMilliseconds":{"value":"3600000"})");
  }

  asio::awaitable<http::ServerResponse> answer(http::ServerRequest request) {
    std::string const call =
        request.method + " " + request.target.substr(0, request.target.find('?'));
    seen.push_back(call + " " + request.body);
    if (on_call.contains(call)) on_call.at(call)();
    if (call == "GET /broker/message") {
      co_return co_await poll();
    }
    std::deque<http::ServerResponse>& prepared = answers[call];
    if (prepared.empty()) co_return reply(404);
    http::ServerResponse next = prepared.front();
    if (prepared.size() > 1) prepared.pop_front();
    co_return next;
  }

  asio::awaitable<http::ServerResponse> poll() {
    bool held = true;
    while (polls.empty() && held) {
      held = co_await async::sleep_for(std::chrono::milliseconds(1));
    }
    http::ServerResponse next = reply(202, "");
    if (polls.empty()) co_return next;
    next = polls.front();
    polls.pop_front();
    co_return next;
  }

  /// Runs the runner to its end and returns its exit code.
  int run() {
    DriverOptions options{Caller(read_jit_config(sample_jit_config(base)).value())};
    options.caller.session_id = "session-1";
    options.root = directory.path();
    options.print = [this](std::string const& line) {
      lines.push_back(line);
      if (on_line) on_line(line);
    };
    options.log = [this](std::string const& line) { logged.push_back(line); };
    options.remove_settings = [this] { settings_removed = true; };
    options.worker_program = worker_program;
    options.habits.tells_deprecation = true;
    options.misbehaviour = misbehaviour;
    options.unload_time = unload_time;
    options.renewal_interval = renewal_interval;
    options.longest_wait = std::chrono::milliseconds(1);
    std::optional<int> code;
    asio::co_spawn(context, drive_runner(std::move(options)),
                   [&code](std::exception_ptr, int exit_code) { code = exit_code; });
    while (!code) context.run_one();
    return *code;
  }

  asio::io_context context{1};
  base::TemporaryDirectory directory;
  std::unique_ptr<http::Server> server;
  std::string base;
  std::map<std::string, std::deque<http::ServerResponse>> answers;
  std::deque<http::ServerResponse> polls;
  std::map<std::string, std::function<void()>> on_call;
  std::function<void(std::string const&)> on_line;
  std::chrono::milliseconds renewal_interval = kMustNotExpire;
  std::vector<std::string> seen;
  std::vector<std::string> lines;
  std::vector<std::string> logged;
  bool settings_removed = false;
  std::filesystem::path worker_program = pretend_runner_program();
  Misbehaviour misbehaviour = Misbehaviour::none;
  std::chrono::milliseconds unload_time = kMustNotExpire;
};

TEST_F(RunnerDriverTest, DoesItsOneJob) {
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(lines,
              ElementsAre("", "√ Connected to GitHub", "", "Current runner version: '2.338.0'",
                          EndsWith("Z: Listening for Jobs"), EndsWith("Z: Running job: build"),
                          EndsWith("Z: Job build completed with result: Succeeded"),
                          "√ Removed .credentials", "√ Removed .runner"));
  EXPECT_TRUE(settings_removed);
  EXPECT_THAT(
      seen,
      AllOf(
          Contains(
              R"(POST /run/1/acquirejob {"jobMessageId":"r-1","runnerOS":"Linux","billingOwnerId":""})"),
          Contains(
              R"(POST /run/1/completejob {"planId":"p-1","jobId":"j-1","conclusion":"succeeded"})")));
  EXPECT_EQ(seen.back(), "DELETE /broker/session ");
}

TEST_F(RunnerDriverTest, AScriptDecides) {
  answers["POST /run/1/acquirejob"] = {job("", "echo hi > made; exit 1")};
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(lines, Contains(EndsWith("with result: Failed")));
  EXPECT_EQ(base::read_file(directory.path() / "_work/made").value_or(""), "hi\n");
}

TEST_F(RunnerDriverTest, RenewsWhileItWorks) {
  answers["POST /run/1/acquirejob"] = {long_job()};
  renewal_interval = std::chrono::milliseconds(1);
  int renewals = 0;
  on_call["POST /run/1/renewjob"] = [&] {
    if (++renewals == 3) raise(SIGINT);
  };
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(seen, Contains(R"(POST /run/1/renewjob {"planId":"p-1","jobId":"j-1"})"));
}

TEST_F(RunnerDriverTest, ACancellationEndsTheJob) {
  answers["POST /run/1/acquirejob"] = {long_job()};
  on_line = [this](std::string const& line) {
    if (!line.contains("Running job")) return;
    polls = {message("JobCancellation", R"({\"jobId\":\"j-1\",\"timeout\":\"00:05:00\"})")};
  };
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(
      seen,
      Contains(
          R"(POST /run/1/completejob {"planId":"p-1","jobId":"j-1","conclusion":"canceled"})"));
  EXPECT_THAT(lines, Contains(EndsWith("with result: Canceled")));
}

TEST_F(RunnerDriverTest, ASignalEndsItWhileListening) {
  polls.clear();
  on_call["GET /broker/message"] = [] { raise(SIGINT); };
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(lines.back(), "Exiting...");
  EXPECT_THAT(seen, Contains("DELETE /broker/session "));
}

TEST_F(RunnerDriverTest, ASignalCancelsTheJob) {
  answers["POST /run/1/acquirejob"] = {long_job()};
  on_line = [](std::string const& line) {
    if (line.contains("Running job")) raise(SIGINT);
  };
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(lines, Contains("Exiting..."));
  EXPECT_THAT(lines, Contains(EndsWith("with result: Canceled")));
}

TEST_F(RunnerDriverTest, ATerminationIsSilentAndHasATimeLimit) {
  answers["POST /run/1/acquirejob"] = {job("", "trap '' INT TERM; while :; do sleep 1; done")};
  unload_time = std::chrono::milliseconds(1);
  on_line = [](std::string const& line) {
    if (line.contains("Running job")) raise(SIGTERM);
  };
  EXPECT_EQ(run(), 143);
  EXPECT_THAT(lines, Not(Contains("Exiting...")));
  EXPECT_THAT(logged, Contains("SIGTERM received"));
}

TEST_F(RunnerDriverTest, WithoutAWorkerTheJobFails) {
  worker_program = "/nowhere/scaleset";
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(lines, Contains(EndsWith("with result: Failed")));
}

TEST_F(RunnerDriverTest, AWorkerThatBreaksDownFailsItsJob) {
  worker_program = "/bin/false";
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(lines, Contains(EndsWith("with result: Failed")));
}

TEST_F(RunnerDriverTest, MayHangOnceItIsOnline) {
  misbehaviour = Misbehaviour::hang_after_session;
  on_line = [this](std::string const& line) {
    if (!line.contains("Listening for Jobs")) return;
    asio::post(context, [] { raise(SIGTERM); });
  };
  EXPECT_EQ(run(), 143);
  EXPECT_THAT(seen, Not(Contains(HasSubstr("GET /broker/message"))));
  EXPECT_THAT(seen, Contains("DELETE /broker/session "));
}

TEST_F(RunnerDriverTest, MayOutliveItsRegistration) {
  misbehaviour = Misbehaviour::outlive_registration;
  polls = {reply(404, R"({"errorKind":"RunnerNotFound","statusCode":404})")};
  on_line = [this](std::string const& line) {
    if (!line.contains("no longer exists")) return;
    asio::post(context, [this] {
      EXPECT_THAT(logged, Contains("Ends with exit code 0")) << "it says so although it stayed";
      raise(SIGTERM);
    });
  };
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(logged.back(), "SIGTERM received");
}

TEST_F(RunnerDriverTest, MayBehaveAsIfItsVersionWereRefused) {
  misbehaviour = Misbehaviour::version_deprecated;
  EXPECT_EQ(run(), 7);
  EXPECT_THAT(lines.back(), HasSubstr("is deprecated and cannot receive messages"));
}

TEST_F(RunnerDriverTest, AServiceThatWasAwayLosesNoJob) {
  answers["POST /run/1/completejob"] = {no_reply(), no_reply(), reply(503), reply(200)};
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(lines, AllOf(Contains(HasSubstr("Z: Runner connect error: ")),
                           Contains(EndsWith("Z: Runner reconnected."))));
  EXPECT_THAT(lines, Contains(EndsWith("with result: Succeeded")));
}

TEST_F(RunnerDriverTest, WaitsForAServiceThatIsAwayAtFirst) {
  answers["POST /_apis/oauth2/token"].push_front(no_reply());
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(lines.front(), HasSubstr("Retrying until reconnected."));
}

TEST_F(RunnerDriverTest, ADeletedRegistrationEndsIt) {
  answers["POST /broker/session"] = {
      reply(404, R"({"errorKind":"RunnerNotFound","statusCode":404})")};
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(lines.back(), HasSubstr("registration has been deleted from the server"));
}

TEST_F(RunnerDriverTest, ADeprecatedVersionEndsItWithCodeSeven) {
  polls = {reply(403, R"({"errorKind":"RunnerVersionTooOld","statusCode":403})")};
  EXPECT_EQ(run(), 7);
}

}  // namespace
}  // namespace scaleset::simulator::pretend
