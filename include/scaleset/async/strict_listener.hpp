#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>

#include "scaleset/async/message_source.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/strict_listener.hpp"

namespace scaleset::inline v0::async {

/// Coroutine counterpart of scaleset::Scaler, for StrictListener. (Listener has ListenerHandler.)
class Scaler {
 public:
  virtual ~Scaler() = default;
  /// See scaleset::Scaler::on_job_started.
  virtual Task<void> on_job_started(JobStarted job) = 0;
  /// See scaleset::Scaler::on_job_completed.
  virtual Task<void> on_job_completed(JobCompleted job) = 0;
  /// See scaleset::Scaler::on_desired_runner_count.
  virtual Task<std::int64_t> on_desired_runner_count(std::int64_t assigned_jobs) = 0;
};

/// Coroutine counterpart of scaleset::StrictListener. Not thread-safe: use it only on the
/// executor's thread. Source and scaler must outlive run().
class StrictListener {
 public:
  struct Impl;
  /// The same as those of the blocking one.
  using Options = scaleset::StrictListener::Options;
  /// Does no I/O; run() checks the options.
  StrictListener(boost::asio::any_io_executor executor, MessageSource& source, Options options);
  StrictListener(StrictListener const&) = delete;
  StrictListener& operator=(StrictListener const&) = delete;
  ~StrictListener();

  /// See scaleset::StrictListener::run. After stop() it ends with ErrorCode::cancelled.
  Task<void> run(Scaler& scaler);
  /// Interrupts a poll at once. A message already received is handled to its end.
  void stop();
  /// Takes effect at the next poll. Errors: invalid_argument (the number is negative).
  Result<void> set_max_runners(int max_runners);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::inline v0::async
