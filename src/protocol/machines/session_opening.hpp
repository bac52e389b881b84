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
/// Another session of the scale set (409) is waited out for SessionOptions::wait_for_other, in
/// steps of 5 to 10 s, the last one cut so that the last try comes at the end of that time: an
/// abandoned session blocks for about 90 s. A session that came without a queue, which a degraded
/// service hands out, is tried again once at once, and then like a conflict.
class SessionOpening {
 public:
  using Steady = std::chrono::steady_clock::time_point;

  SessionOpening(SessionOptions const& options, Steady start);

  /// No value: `error` is the result; it then says how long was waited, besides what the service
  /// said (the other owner's name).
  [[nodiscard]] std::optional<std::chrono::milliseconds> on_failure(Error& error, Steady now,
                                                                    RandomSource& random);

 private:
  SessionOptions options_;
  Steady start_;
  bool tried_again_ = false;
};

}  // namespace scaleset::protocol
