#pragma once

#include "base/backoff.hpp"
#include "scaleset/error.hpp"

/// What an error means to a listener that never gives up: how long it waits, and whether its
/// session stays good.
namespace scaleset::protocol {

using Wait = base::BackoffOptions;
inline constexpr Wait kTransient{std::chrono::seconds(1), std::chrono::seconds(60)};
/// Nobody was there to be burdened, and jobs wait for the one who comes back.
inline constexpr Wait kUnreached{std::chrono::seconds(1), std::chrono::seconds(10)};
/// Somebody may be rotating the credentials.
inline constexpr Wait kRefused{std::chrono::seconds(30), std::chrono::seconds(300)};
inline constexpr Wait kConflict{std::chrono::seconds(5), std::chrono::seconds(30)};
inline constexpr Wait kReplace{std::chrono::seconds(5), std::chrono::seconds(300)};
inline constexpr Wait kIdlePause{std::chrono::seconds(2), std::chrono::seconds(2)};

/// For errors that are neither a conflict nor about the scale set.
[[nodiscard]] Wait patience(Error const& error) noexcept;
/// The service or the way to it has trouble; session and cursor stay good. Not so for an answer
/// nobody can read.
[[nodiscard]] bool trouble(Error const& error) noexcept;
/// No repetition can help.
[[nodiscard]] bool hopeless(Error const& error) noexcept;

}  // namespace scaleset::protocol
