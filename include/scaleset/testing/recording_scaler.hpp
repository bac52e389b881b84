#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "scaleset/listener.hpp"

namespace scaleset::inline v0::testing {

/// A Scaler that keeps what it was told, one line each: "message 7", "started runner-1",
/// "completed runner-1 succeeded", "desired 3", "session 4fd0...", "quarantined 7", "replaced 6",
/// "offers 21 22". Wants one runner for each assigned job. Thread-safe, so that a test can wait for
/// what another thread brings about.
class RecordingScaler final : public Scaler {
 public:
  /// The next `times` calls with this line fail.
  void fail(std::string const& line, int times = 1) {
    std::lock_guard const lock(mutex_);
    failures_[line] = times;
  }
  /// Called after each line was kept, on the thread of the listener. May throw.
  std::function<void(std::string const&)> on_line;

  /// Offers of these jobs are refused (Scaler::wants). Set before use.
  std::set<RequestId> unwanted;

  /// The lines so far, oldest first.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::lock_guard const lock(mutex_);
    return lines_;
  }
  /// The threads from which this object was called.
  [[nodiscard]] std::set<std::thread::id> threads() const {
    std::lock_guard const lock(mutex_);
    return threads_;
  }
  /// Waits until the line was told so many times. Returns false if that took more than half a
  /// minute.
  [[nodiscard]] bool wait_for(std::string const& line, std::ptrdiff_t times = 1) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] {
      return std::count(lines_.begin(), lines_.end(), line) >= times;
    });
  }

  Result<void> on_message(Message const& message) override {
    return told("message " + std::to_string(message.id.value));
  }
  bool wants(JobAvailable const& job) override { return !unwanted.contains(job.job.request); }
  Result<void> keep_offers(std::vector<OpenOffer> const& offers) override {
    std::string line = "offers";
    for (OpenOffer const& offer : offers) line += " " + std::to_string(offer.request.value);
    return told(line);
  }
  Result<void> on_job_started(JobStarted const& job) override {
    return told("started " + job.runner_name);
  }
  Result<void> on_job_completed(JobCompleted const& job) override {
    return told("completed " + job.runner_name + " " + job.result);
  }
  Result<std::int64_t> on_desired_runner_count(std::int64_t assigned_jobs) override {
    auto result = told("desired " + std::to_string(assigned_jobs));
    if (!result) return std::unexpected(result.error());
    return assigned_jobs;
  }
  void on_quarantined(Message const& message) override {
    (void)told("quarantined " + std::to_string(message.id.value));
  }
  void on_session(std::string const& id) override { (void)told("session " + id); }
  Result<void> on_scale_set_replaced(ScaleSet const& scale_set) override {
    return told("replaced " + std::to_string(scale_set.id.value));
  }

 private:
  Result<void> told(std::string const& line) {
    bool failing = false;
    {
      std::lock_guard const lock(mutex_);
      lines_.push_back(line);
      threads_.insert(std::this_thread::get_id());
      auto const found = failures_.find(line);
      failing = found != failures_.end() && found->second-- > 0;
    }
    changed_.notify_all();
    if (on_line) on_line(line);
    if (failing) return scaleset::fail(ErrorCode::backend, "told to fail at: " + line);
    return {};
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::set<std::thread::id> threads_;
  std::map<std::string, int> failures_;
};

}  // namespace scaleset::inline v0::testing
