#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "client/runtime.hpp"
#include "scaleset/async/listener.hpp"
#include "scaleset/listener.hpp"

namespace scaleset {

/// One run() of the blocking listener: an async::Listener on the runtime's loop, and the way its
/// handler's calls take to the thread that called run(), so that the loop never waits for a Scaler.
class BlockingRun final : public async::ListenerHandler {
 public:
  /// All references must outlive it. `max_runners` is read by the loop.
  BlockingRun(Runtime& runtime, async::Client& client, Listener::Options options,
              std::atomic<int> const& max_runners, Scaler& scaler);
  BlockingRun(BlockingRun const&) = delete;
  BlockingRun& operator=(BlockingRun const&) = delete;
  ~BlockingRun() override;

  /// See Listener::run.
  Result<void> run(std::stop_token stop);
  /// Any thread, any time before the destructor.
  void capacity_changed();

  // async::ListenerHandler, on the loop
  Task<void> apply(Message message) override;
  Task<void> quarantine(Message message) override;
  Task<void> idle() override;
  int capacity() override { return max_runners_; }
  Task<ScaleSetId> replace_scale_set() override;

 private:
  using Work = std::function<void()>;
  using Call = std::function<Result<void>()>;

  // On the loop.
  void start();
  void ended(std::exception_ptr error, Result<void> result);
  Task<ScaleSet> find_or_create();
  Task<void> on_callers_thread(Call call);
  void hand_over(Work work);
  void stop_listening();

  // On the thread that called run().
  [[nodiscard]] std::optional<Work> next();
  Result<void> guarded(Call const& call);
  Result<void> handle(Message const& message);
  Result<void> handle(JobMessage const& job);
  Result<void> ask_for_desired_count();
  Result<void> replaced(ScaleSet const& scale_set);

  Runtime& runtime_;
  async::Client& client_;
  Listener::Options const options_;
  std::atomic<int> const& max_runners_;
  Scaler& scaler_;
  std::unique_ptr<async::Listener> listener_;  // the loop's

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> work_;  // for the caller's thread
  bool over_ = false;
  Result<void> outcome_;

  // The caller's thread's.
  ScaleSetId scale_set_;
  std::optional<std::int64_t> assigned_jobs_;  // the last known
  std::exception_ptr thrown_;                  // by the Scaler
};

}  // namespace scaleset
