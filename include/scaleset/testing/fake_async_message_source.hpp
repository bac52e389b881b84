#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "scaleset/async/message_source.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/testing/fake_message_source.hpp"

namespace scaleset::inline v0::testing {

/// FakeMessageSource for coroutines. A poll that finds the script used up is held as the service
/// would: it looks again every second, and ends after 50 s without a message. Under
/// async::VirtualTime that takes no real time.
class FakeAsyncMessageSource final : public async::SessionSource {
 public:
  /// Where the answers and the calls are.
  FakeMessageSource script;

  Task<std::optional<Message>> get_message(MessageId last, int max_capacity) override {
    auto answer = script.get_message(last, max_capacity, std::stop_token());
    for (int second = 0; second < 50 && used_up(answer); ++second) {
      bool const slept = co_await async::sleep_for(std::chrono::seconds(1));
      if (!slept) co_return answer;
      answer = script.look_again();
    }
    if (used_up(answer)) co_return std::optional<Message>();
    co_return answer;
  }
  Task<void> delete_message(MessageId id) override { co_return script.delete_message(id); }
  Task<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override {
    co_return script.acquire_jobs(std::move(ids));
  }
  [[nodiscard]] std::optional<Statistics> statistics() const override {
    return script.statistics();
  }
  Task<void> open(ScaleSetId scale_set, std::string owner) override {
    co_return script.open(scale_set, std::move(owner), {});
  }
  Task<void> close() override { co_return script.close({}); }
  Task<void> close_left_behind(ScaleSetId scale_set, std::string session_id) override {
    co_return script.close_left_behind(scale_set, std::move(session_id));
  }
  [[nodiscard]] std::string session_id() const override { return script.session_id(); }
  Task<ScaleSet> get_scale_set(ScaleSetId id) override { co_return script.get_scale_set(id, {}); }
  Task<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId id) override {
    co_return script.acquirable_jobs(id, {});
  }

 private:
  [[nodiscard]] static bool used_up(FakeMessageSource::Poll const& answer) {
    return !answer && answer.error().code == ErrorCode::cancelled;
  }
};

}  // namespace scaleset::inline v0::testing
