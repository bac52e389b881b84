#pragma once

#include <chrono>
#include <optional>

#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/options.hpp"

namespace scaleset::protocol {

/// How patiently a session is opened (protocol.md 10.5, field problem A2). The driver:
///
///     SessionOpening opening(options, now);
///     for (;;) { create; if (ok) return; auto wait = opening.on_failure(error, now, random);
///     if (!wait) return error; wait; }
///
/// While another session of the scale set is open (409), it tries again for
/// SessionOptions::wait_for_other, every 5 to 10 s; the last wait is cut so that the last try comes
/// at the end of that time. (An abandoned session is in the way for about 90 s.) After a session
/// without a queue, which a degraded service hands out, it tries again once without a wait, and
/// then as after a conflict.
class SessionOpening {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  SessionOpening(SessionOptions const& options, Steady start);

  /// The wait before the next try. No value: `error` is the result; its text then says how long the
  /// wait was, besides what the service said (the other owner's name).
  [[nodiscard]] std::optional<std::chrono::milliseconds> on_failure(Error& error, Steady now,
                                                                    RandomSource& random);

 private:
  SessionOptions options_;
  Steady start_;
  bool tried_again_ = false;
};

}  // namespace scaleset::protocol
