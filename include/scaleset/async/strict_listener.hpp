#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "scaleset/async/client.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/strict_listener.hpp"

namespace scaleset::async {

/// Coroutine counterpart of scaleset::MessageSource.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  /// See MessageSession::get_message. Must end with ErrorCode::cancelled when it is cancelled.
  virtual Task<std::optional<Message>> get_message(MessageId last, int max_capacity) = 0;
  /// See MessageSession::delete_message.
  virtual Task<void> delete_message(MessageId id) = 0;
  /// See MessageSession::acquire_jobs.
  virtual Task<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) = 0;
  /// As of the session's creation.
  [[nodiscard]] virtual std::optional<Statistics> statistics() const = 0;
};
/// The session must outlive the source.
[[nodiscard]] std::unique_ptr<MessageSource> make_message_source(MessageSession& session);

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

/// Coroutine counterpart of scaleset::StrictListener. One thread: the executor's. Source and scaler
/// must outlive run().
class StrictListener {
 public:
  struct Impl;
  /// As of the blocking one.
  using Options = scaleset::StrictListener::Options;
  /// Does no I/O; run() checks the options.
  StrictListener(boost::asio::any_io_executor executor, MessageSource& source, Options options);
  StrictListener(StrictListener const&) = delete;
  StrictListener& operator=(StrictListener const&) = delete;
  ~StrictListener();

  /// See scaleset::StrictListener::run; it is stop() that ends it with ErrorCode::cancelled.
  Task<void> run(Scaler& scaler);
  /// Interrupts a poll at once; a message already received is handled to its end.
  void stop();
  /// From the next poll on. Errors: invalid_argument (negative).
  Result<void> set_max_runners(int max_runners);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::async
