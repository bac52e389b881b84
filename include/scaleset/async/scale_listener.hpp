#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "scaleset/async/message_source.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/scale_listener.hpp"

namespace scaleset::inline v0::async {

/// Coroutine counterpart of scaleset::MessageScaler.
class MessageScaler {
 public:
  virtual ~MessageScaler() = default;
  /// See scaleset::MessageScaler::scale. Without a message, a poll brought nothing.
  virtual Task<void> scale(std::optional<Message> message) = 0;
};

/// Coroutine counterpart of scaleset::ScaleListener. Not thread-safe: use it only on the executor's
/// thread. Source and scaler must outlive run().
class ScaleListener {
 public:
  struct Impl;
  using Options = scaleset::ScaleListener::Options;  ///< the same as for the blocking one
  /// Does no I/O; run() checks the options.
  ScaleListener(boost::asio::any_io_executor executor, MessageSource& source, Options options);
  ScaleListener(ScaleListener const&) = delete;
  ScaleListener& operator=(ScaleListener const&) = delete;
  ~ScaleListener();

  /// See scaleset::ScaleListener::run. After stop() it ends with ErrorCode::cancelled.
  Task<void> run(MessageScaler& scaler);
  /// Interrupts a poll at once. A message already received is scaled and deleted first.
  void stop();
  /// Takes effect at the next poll. Errors: invalid_argument (the number is negative).
  Result<void> set_max_runners(int max_runners);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaleset::inline v0::async
