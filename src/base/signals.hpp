#pragma once

#include <chrono>

/// For a program that runs for months and may be ended by SIGTERM and SIGINT only. The default of
/// most signals ends a process, and a timer of a library, a resource limit or a mistyped `kill`
/// sends them. Nothing here goes back to the defaults before the process ends, since a signal that
/// comes at the last moment would change the exit code. Programs that this one starts do not
/// inherit any of it (Spawn).
namespace scaleset::base {

/// To be called first thing in main(). From now on SIGINT and SIGTERM end the process with exit
/// code 0, because nothing was begun yet that has to be ended in order, and all other signals end
/// nothing, except SIGKILL and those that tell of a fault in this program (SIGSEGV, SIGABRT, ...).
void take_over_signals() noexcept;

/// From now on SIGINT and SIGTERM end the process only if nobody reads them for `longest`, as it is
/// when the loop hangs: see end_at_last(). The result is a descriptor for reading without waiting,
/// which gives the number of each signal that a person may have sent as one byte: SIGINT, SIGTERM,
/// SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2. It stays open until the process ends, and each call
/// returns the same. -1, and errno says why, if there is none.
[[nodiscard]] int received_signals(std::chrono::seconds longest) noexcept;

/// Ends the process with exit code 0 after this time, whatever hangs, as SIGINT and SIGTERM do by
/// themselves. If it is to end already, it does not get more time.
void end_at_last(std::chrono::seconds longest) noexcept;
/// To be called when a signal was read that is not to end the process by force.
void do_not_end() noexcept;

}  // namespace scaleset::base
