// The service as benchmarks need it: fixed answers, no state but a count. Both clients, ours and
// GitHub's, are measured against this one program; nghttpx before it makes TLS and HTTP/2 of it.
//
//   bench_server PORT_FILE
//
// Writes its URL into PORT_FILE and serves until SIGTERM. Answers call it what the request called
// it.
//
//   POST …/registration-token, …/runner-registration   the token chain; the admin token lasts a day
//   GET  …/runnerscalesets/{id}                        a scale set
//   POST …/runnerscalesets/{id}/generatejitconfig      after 50 ms
//   POST, PATCH, DELETE …/{id}/sessions[/…]            a session
//   GET  /queue/{id}       X-ScaleSetMaxCapacity over 0: at once, a message of 50 jobs, about 27
//   KB.
//                          Capacity 0: nothing, after 50 s
//   GET  /bench/held       {"held": how many polls are held at this moment}
#include "http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>

#include "base/base64.hpp"
#include "base/files.hpp"
#include "base/url.hpp"
#include "scaleset/async/timer.hpp"

namespace {

namespace asio = boost::asio;
using namespace scaleset;
using http::ServerRequest;
using http::ServerResponse;

constexpr int kJobs = 50;
constexpr std::chrono::milliseconds kJitTime{50};
constexpr std::chrono::milliseconds kHold{50000};

ServerResponse json(int status, std::string body) {
  ServerResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  response.body = std::move(body);
  return response;
}

std::string quoted(std::string const& text) { return "\"" + text + "\""; }

std::string admin_token() {
  auto const expiry = std::to_string(std::time(nullptr) + 86400);
  return base::base64url_encode(R"({"alg":"none"})") + "." +
         base::base64url_encode(R"({"exp":)" + expiry + "}") + ".sig";
}

constexpr char const* kStatistics =
    R"({"totalAvailableJobs":0,"totalAcquiredJobs":0,"totalAssignedJobs":50,"totalRunningJobs":0,)"
    R"("totalRegisteredRunners":0,"totalBusyRunners":0,"totalIdleRunners":0})";

std::string job(int number) {
  auto const id = std::to_string(100000 + number);
  return R"({"messageType":"JobAssigned","repositoryName":"a-repository","ownerName":"an-owner",)"
         R"("workflowRunId":30225)" +
         id + R"(,"jobDisplayName":"build (ubuntu-22.04, release, )" + id +
         R"json()","eventName":"pull_request",)json"
         R"("jobWorkflowRef":"an-owner/a-repository/.github/workflows/continuous-integration.yml@refs/heads/main",)"
         R"("requestLabels":["my-scale-set"],"queueTime":"2026-07-26T23:29:35.1234567Z",)"
         R"("scaleSetAssignTime":"2026-07-26T23:29:36Z","runnerAssignTime":"0001-01-01T00:00:00Z",)"
         R"("finishTime":"0001-01-01T00:00:00Z","jobId":"bd59f43d-2e1a-567a-b5a4-c147b9)" +
         id + R"(","runnerRequestId":0})";
}

std::string escaped(std::string const& text) {
  std::string result;
  for (char const c : text) result += c == '"' ? std::string("\\\"") : std::string(1, c);
  return result;
}

std::string message_of_jobs() {
  std::string jobs;
  for (int number = 0; number < kJobs; ++number) jobs += (number == 0 ? "" : ",") + job(number);
  return R"({"messageId":1,"messageType":"RunnerScaleSetJobMessages","body":")" +
         escaped("[" + jobs + "]") + R"(","statistics":)" + kStatistics + "}";
}

class Answers {
 public:
  asio::awaitable<ServerResponse> answer(ServerRequest request) {
    std::string const path = request.target.substr(0, request.target.find('?'));
    if (path.starts_with("/queue/")) {
      if (request.header("X-ScaleSetMaxCapacity") != "0") co_return json(200, message_);
      ++held_;
      co_await async::sleep_for(kHold);
      --held_;
      co_return json(202, "");
    }
    if (path.ends_with("/generatejitconfig")) {
      co_await async::sleep_for(kJitTime);
      co_return json(200, jit_config(request.body));
    }
    co_return at_once(request, path);
  }

 private:
  [[nodiscard]] ServerResponse at_once(ServerRequest const& request,
                                       std::string const& path) const {
    if (path == "/bench/held") return json(200, R"({"held":)" + std::to_string(held_) + "}");
    if (path.ends_with("/registration-token"))
      return json(201, R"({"token":"registration","expires_at":"2099-01-01T00:00:00Z"})");
    bool const secure = request.header("X-Forwarded-Proto") == "https";
    auto const url = (secure ? "https://" : "http://") + std::string(request.header("Host"));
    if (path.ends_with("/runner-registration"))
      return json(200, R"({"url":)" + quoted(url + "/tenant/") + R"(,"token":)" +
                           quoted(admin_token()) + "}");
    if (request.method == "DELETE") return json(204, "");
    auto const begin = path.find("/runnerscalesets/");
    if (begin == std::string::npos) return json(404, "{}");
    auto id = path.substr(begin + 17);
    id.resize(std::min(id.find('/'), id.size()));
    auto const scale_set = R"({"id":)" + id + R"(,"name":"set-)" + id + R"(","runnerGroupId":1})";
    if (path.find("/sessions") == std::string::npos) return json(200, scale_set);
    return json(200, R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae173984f9","ownerName":"bench",)"
                     R"("runnerScaleSet":)" +
                         scale_set + R"(,"messageQueueUrl":)" + quoted(url + "/queue/" + id) +
                         R"(,"messageQueueAccessToken":"queue","statistics":)" + kStatistics + "}");
  }

  std::string message_ = message_of_jobs();
  /// The runner has the name that was asked for: the client checks that.
  [[nodiscard]] static std::string jit_config(std::string const& request) {
    constexpr std::string_view key = R"("name":")";
    auto const begin = request.find(key) + key.size();
    return R"({"runner":{"id":1,"name":")" +
           request.substr(begin, request.find('"', begin) - begin) +
           R"(","runnerScaleSetId":5},"encodedJITConfig":")" + std::string(4000, 'A') + "\"}";
  }

  int held_ = 0;
};

asio::awaitable<void> stop(http::Server* server) { co_await server->stop(); }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  asio::io_context context(1);
  Answers answers;
  auto handler = [&answers](ServerRequest request) { return answers.answer(std::move(request)); };
  http::ServerOptions options;
  options.idle_timeout = std::chrono::minutes(10);
  auto server = http::Server::listen(context.get_executor(), "127.0.0.1", 0, handler, options);
  if (!server) {
    std::fprintf(stderr, "bench_server: %s\n", server.error().message.c_str());
    return 1;
  }
  auto const url = "http://127.0.0.1:" + std::to_string((*server)->port());
  if (!base::write_file_atomically(argv[1], url)) return 1;
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code, int) {
    asio::co_spawn(context, stop(server->get()), asio::detached);
  });
  context.run();
}
