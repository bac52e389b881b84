#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "scaleset/http.hpp"
#include "scaleset/options.hpp"
#include "scaleset/testing/fake_clock.hpp"
#include "scaleset/testing/fake_transport.hpp"

namespace scaleset::listener::testing {

using scaleset::testing::make_response;

inline std::string job(std::string const& type, std::string const& more = "") {
  return R"({\"messageType\":\")" + type + R"(\",\"jobId\":\"j\",\"runnerName\":\"r\")" + more +
         "}";
}

/// A message with these entries and 3 assigned jobs.
inline HttpResponse message(int id, std::string const& jobs,
                            std::string const& statistics = R"({"totalAssignedJobs":3})") {
  return make_response(200, R"({"messageId":)" + std::to_string(id) +
                                R"(,"messageType":"RunnerScaleSetJobMessages","body":"[)" + jobs +
                                R"(]","statistics":)" + statistics + "}");
}

inline HttpResponse exception(int status, std::string const& type) {
  return make_response(status, R"({"typeName":"GitHub.Actions.Runtime.WebApi.)" + type +
                                   R"(, X","message":"not valid"})");
}

inline constexpr auto kPat = "ghp_personal0access0token";
inline constexpr auto kQueueToken = "queue0access0token";

/// Plays GitHub's side for a FakeTransport: one scale set with the id 5, whose polls are answered
/// from a script. `events` gets a line for everything that the listener does.
class FakeService {
 public:
  std::deque<HttpResponse> polls;
  std::deque<HttpResponse> opens;    // answers instead of a session
  std::deque<HttpResponse> deletes;  // answers instead of 204
  HttpResponse close_answer = make_response(204);
  HttpResponse lookup = make_response(200, R"({"id":5,"name":"my-set","runnerGroupId":1})");
  HttpResponse found = make_response(200, R"({"count":0,"value":[]})");
  HttpResponse offers = make_response(204);
  HttpResponse acquired = make_response(200, R"({"count":1,"value":[1]})");
  std::vector<std::string> events;
  /// Called when the scripted polls are used up. If null, polls are held from then on.
  std::function<void()> on_quiet;
  int sessions = 0;

  Result<HttpResponse> handle(HttpRequest const& request) {
    auto const& url = request.url;
    if (url.ends_with("/registration-token"))
      return make_response(201, R"({"token":"registration0token"})");
    if (url.ends_with("/runner-registration")) {
      return make_response(
          200, R"({"url":"https://service/rest","token":")" + never_expiring_token() + "\"}");
    }
    if (url.find("/sessions") != std::string::npos) return handle_session(request);
    if (url.find("/acquirejobs") != std::string::npos) {
      events.push_back("acquire " + request.body);
      return acquired;
    }
    if (url.find("/acquirablejobs") != std::string::npos) {
      events.emplace_back("look for offers");
      return offers;
    }
    if (url.find("runnerscalesets") != std::string::npos) return handle_scale_set(request);
    if (request.method == HttpMethod::del) {
      events.push_back("acknowledge " + url.substr(url.rfind('/') + 1));
      return scripted(deletes, make_response(204));
    }
    return handle_poll(request);
  }

  static std::string never_expiring_token() {
    return base::base64url_encode(R"({"alg":"RS256"})") + "." +
           base::base64url_encode(R"({"exp":4000000000})") + ".c2ln";
  }

 private:
  static HttpResponse scripted(std::deque<HttpResponse>& script, HttpResponse otherwise) {
    if (script.empty()) return otherwise;
    auto next = std::move(script.front());
    script.pop_front();
    return next;
  }
  HttpResponse handle_session(HttpRequest const& request) {
    if (request.method == HttpMethod::post) {
      if (!opens.empty())
        events.emplace_back("refused");
      else
        ++sessions;
      return scripted(opens, make_response(200, session_body()));
    }
    events.emplace_back(request.method == HttpMethod::patch ? "refresh" : "close");
    return request.method == HttpMethod::patch ? make_response(204) : close_answer;
  }
  HttpResponse handle_scale_set(HttpRequest const& request) {
    bool const create = request.method == HttpMethod::post;
    bool const find = request.url.find("name=") != std::string::npos;
    events.emplace_back(create ? "create" : find ? "find" : "look up");
    if (find) return found;
    return create ? make_response(200, R"({"id":6,"name":"my-set","runnerGroupId":1})") : lookup;
  }
  HttpResponse handle_poll(HttpRequest const& request) {
    auto const cursor = request.url.find("lastMessageId=");
    std::string capacity;
    for (auto const& [name, value] : request.headers)
      if (name == "X-ScaleSetMaxCapacity") capacity = value;
    events.push_back("poll " +
                     (cursor == std::string::npos ? "0" : request.url.substr(cursor + 14)) +
                     " capacity " + capacity);
    if (!polls.empty()) return scripted(polls, {});
    if (on_quiet) {
      on_quiet();
      return make_response(202);
    }
    return make_response(0);
  }
  [[nodiscard]] std::string session_body() const {
    return R"({"sessionId":"4fd0ffb0-d365-4dae-99ff-8dae1739840)" + std::to_string(sessions) +
           R"(","ownerName":"host","messageQueueUrl":"https://queue/message","messageQueueAccessToken":")" +
           kQueueToken + R"(","statistics":{"totalAssignedJobs":1}})";
  }
};

inline ClientOptions client_options() {
  ClientOptions options;
  options.config_url = "https://github.com/my-org";
  options.credentials = PersonalAccessToken{constant_secret(Secret(kPat))};
  options.retry.max_retries = 0;
  // Out of range on purpose, so that no wait takes any time. The machine's own tests check the
  // waits.
  options.hooks.random = std::make_shared<scaleset::testing::FixedRandom>(4.0);
  return options;
}

}  // namespace scaleset::listener::testing
