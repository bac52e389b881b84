#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/testing/fake_clock.hpp"
#include "scaleset/testing/fake_transport.hpp"

/// A client over a service of a few lines, without a network.
namespace scaleset::inline v0::async {

using namespace std::chrono_literals;
using scaleset::testing::FakeTransport;
using scaleset::testing::make_response;
using scaleset::testing::run_task;

/// A JWT. Its signature is made up: the client does not check it.
inline std::string make_token(int number, Clock const& clock, std::string const& more_claims = "") {
  auto const expiry =
      std::chrono::duration_cast<std::chrono::seconds>((clock.now().wall + 1h).time_since_epoch())
          .count();
  auto const claims =
      "{\"exp\":" + std::to_string(expiry) + ",\"n\":" + std::to_string(number) + more_claims + "}";
  return base::base64url_encode(R"({"alg":"RS256"})") + "." + base::base64url_encode(claims) +
         ".c2ln";
}

/// A service in a few lines: hands out tokens and answers the rest as the test says.
class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    options.config_url = "https://github.com/my-org";
    options.credentials = PersonalAccessToken{constant_secret(Secret("pat"))};
    options.hooks.clock = clock;
    options.hooks.random = std::make_shared<scaleset::testing::FixedRandom>();
    options.retry.min_delay = options.retry.max_delay = 1ms;
    answer = [](HttpRequest const&) { return make_response(500); };
  }
  ~ClientTest() override {
    if (client) (void)run_task(context, shut_down());
  }

  Client& make() {
    auto finalized = finalize(options);
    if (!finalized) throw std::runtime_error(finalized.error().message);
    transport = std::make_shared<FakeTransport>(
        [this](HttpRequest const& request) { return handle(request); });
    client = std::make_unique<Client>(context.get_executor(), *finalized, transport);
    return *client;
  }
  Task<void> shut_down() {
    co_await client->shutdown();
    co_return Result<void>();
  }
  Result<HttpResponse> handle(HttpRequest const& request) {
    auto const& url = request.url;
    if (url.ends_with("/access_tokens"))
      return make_response(201, R"({"token":"installation","expires_at":"2026-01-01T01:00:00Z"})");
    if (url.ends_with("/registration-token"))
      return make_response(201, R"({"token":"registration","expires_at":"2026-01-01T01:00:00Z"})");
    if (url.ends_with("/runner-registration")) {
      if (chain_failure && chain_failures-- > 0) return *chain_failure;
      return make_response(200, R"({"url":"https://service/rest","token":")" +
                                    make_token(++tokens_minted, *clock, more_claims) + "\"}");
    }
    return answer(request);
  }
  [[nodiscard]] std::vector<std::string> targets() const {
    std::vector<std::string> list;
    for (auto const& request : transport->requests)
      list.push_back(std::string(to_string(request.method)) + " " + request.url);
    return list;
  }
  static std::string header(HttpRequest const& request, std::string_view name) {
    for (auto const& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return "";
  }

  boost::asio::io_context context;
  std::shared_ptr<scaleset::testing::FakeClock> clock =
      std::make_shared<scaleset::testing::FakeClock>();
  ClientOptions options;
  std::shared_ptr<FakeTransport> transport;
  std::unique_ptr<Client> client;
  std::function<Result<HttpResponse>(HttpRequest const&)> answer;
  std::optional<HttpResponse> chain_failure;  // of E3
  int chain_failures = 1000;
  int tokens_minted = 0;
  std::string more_claims;  // of the admin tokens: `,"scp":"..."`
};

inline constexpr auto kSessionBody =
    R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae173984f9","ownerName":"host","messageQueueUrl":"https://queue/message",)"
    R"("messageQueueAccessToken":"queue-token","statistics":{"totalAssignedJobs":2}})";

}  // namespace scaleset::inline v0::async
