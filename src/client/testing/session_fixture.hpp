#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/testing/held_client_fixture.hpp"

namespace scaleset::inline v0::async {

inline constexpr ScaleSetId kSet{5};

/// A service with sessions that can be lost: each has an id and a token of its own.
class SessionTest : public HeldClientTest {
 protected:
  SessionTest() {
    answer = [this](HttpRequest const& request) { return answer_session(request); };
  }
  /// Answers what is still held while the answering function exists.
  ~SessionTest() override { release(); }

  std::unique_ptr<MessageSession> open(SessionOptions session_options = {}) {
    auto session = run_task(context, make_client().open_session(kSet, "host", session_options));
    if (!session) throw std::runtime_error(session.error().to_string());
    return *std::move(session);
  }
  static std::string id_of(int number) {
    return "4fd0ffb0-d365-4dae-99ff-8dae1739" + std::to_string(1000 + number);
  }
  static bool is_create(HttpRequest const& request) {
    return request.method == HttpMethod::post &&
           request.url.find("/sessions?") != std::string::npos;
  }
  static bool is_refresh(HttpRequest const& request) { return request.method == HttpMethod::patch; }
  static bool is_poll(HttpRequest const& request) {
    return request.traffic == TrafficClass::long_poll;
  }
  /// From now on the present queue token is refused; a refresh gives another one.
  void expire_token() { ++token; }
  /// The service forgets the session: nothing works until another is created.
  void lose_session() {
    expire_token();
    alive = 0;
  }
  [[nodiscard]] int refreshes_asked() const {
    int number = 0;
    for (auto const& request : held_transport->requests) number += is_refresh(request) ? 1 : 0;
    return number;
  }
  [[nodiscard]] std::string last_poll() const {
    std::string url;
    for (auto const& request : held_transport->requests) {
      if (is_poll(request)) url = request.url;
    }
    return url;
  }

  int conflicts = 0;      // this many creations are refused because of another session
  int without_queue = 0;  // this many sessions are created without a queue
  std::optional<HttpResponse> refresh_answer;
  std::string message;  // what a poll brings; empty: nothing
  int created = 0;
  int alive = 0;  // the number of the session that the service knows
  int token = 0;
  std::vector<std::string> deleted;

 private:
  [[nodiscard]] std::string session_body(std::string const& url) const {
    return R"({"sessionId":")" + id_of(alive) + R"(","ownerName":"host","messageQueueUrl":")" +
           url + R"(","messageQueueAccessToken":"token-)" + std::to_string(token) + "\"}";
  }
  Result<HttpResponse> answer_session(HttpRequest const& request) {
    if (is_create(request)) return create();
    if (is_refresh(request)) return refresh();
    auto const id_at = request.url.find("/sessions/");
    if (request.method == HttpMethod::del && id_at != std::string::npos) {
      deleted.push_back(request.url.substr(id_at + 10, id_of(1).size()));
      return make_response(204);
    }
    bool const queue = request.url.starts_with("https://queue/");
    bool const acquires = request.url.find("/acquirejobs") != std::string::npos;
    if (queue || acquires) {
      if (header(request, "Authorization") != "Bearer token-" + std::to_string(token))
        return make_response(401);
      if (acquires) return make_response(200, R"({"count":1,"value":[1]})");
      if (!is_poll(request)) return make_response(204);
      return message.empty() ? make_response(202) : make_response(200, message);
    }
    return make_response(200, R"({"id":1,"name":"r"})");
  }
  HttpResponse create() {
    if (conflicts > 0) {
      --conflicts;
      return make_response(
          409,
          R"({"typeName":"RunnerScaleSetSessionConflictException","message":"The runner scale set s already has an active session for owner first-host."})");
    }
    alive = ++created;
    ++token;
    bool const usable = without_queue-- <= 0;
    return make_response(200, session_body(usable ? "https://queue/message" : ""));
  }
  HttpResponse refresh() {
    if (refresh_answer) return *std::exchange(refresh_answer, std::nullopt);
    if (alive == 0)
      return make_response(
          404,
          R"({"typeName":"RunnerAdminException","message":"runner referenced a session ID that doesn't exist in redis"})");
    return make_response(200, session_body("https://queue/message"));
  }
};

}  // namespace scaleset::inline v0::async
