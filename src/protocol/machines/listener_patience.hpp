#pragma once

#include "base/backoff.hpp"
#include "scaleset/error.hpp"

/// What an error means to a listener that never gives up: how long it waits, and whether it keeps
/// its session.
namespace scaleset::protocol {

using Wait = base::BackoffOptions;
inline constexpr Wait kTransient{std::chrono::seconds(1), std::chrono::seconds(60)};
/// No connection could be made: short waits, since they burden nobody and jobs may be waiting.
inline constexpr Wait kUnreached{std::chrono::seconds(1), std::chrono::seconds(10)};
/// The credentials were refused: long waits, since somebody may be rotating them.
inline constexpr Wait kRefused{std::chrono::seconds(30), std::chrono::seconds(300)};
inline constexpr Wait kConflict{std::chrono::seconds(5), std::chrono::seconds(30)};
inline constexpr Wait kReplace{std::chrono::seconds(5), std::chrono::seconds(300)};
inline constexpr Wait kIdlePause{std::chrono::seconds(2), std::chrono::seconds(2)};

/// The waits for errors that are neither a conflict nor about the scale set.
[[nodiscard]] Wait patience(Error const& error) noexcept;
/// Whether the service or the way to it has trouble, so that session and cursor stay good. False
/// for an answer that could not be read.
[[nodiscard]] bool trouble(Error const& error) noexcept;
/// Whether trying again cannot help.
[[nodiscard]] bool hopeless(Error const& error) noexcept;

}  // namespace scaleset::protocol
