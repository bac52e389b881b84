#include "base/signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace scaleset::base {
namespace {

constexpr std::array kTold{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
/// Faults, and signals whose default does not end the process: an ignored SIGCHLD would take the
/// exit codes of children away, and the others stop and continue a job of a shell.
constexpr std::array kLeftAlone{SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGABRT, SIGSYS,
                                SIGKILL, SIGSTOP, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU};

// What a handler may use: lock-free, and without a constructor.
std::atomic<int> written_to{-1};
std::atomic<int> read_from{-1};
std::atomic<std::int64_t> patience{0};  // seconds
std::atomic<std::int64_t> end_at{0};    // milliseconds since the machine's start; 0: never
static_assert(std::atomic<int>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1000000;
}

void end_after(std::int64_t seconds) {
  std::int64_t never = 0;
  // A second signal must not give the first one more time.
  if (end_at.compare_exchange_strong(never, now() + seconds * 1000))
    ::alarm(static_cast<unsigned>(seconds));
}

void on_alarm() {
  constexpr std::int64_t kTolerance = 100;  // the two clocks are not the same
  std::int64_t const end = end_at.load();
  // Earlier it is not ours, but somebody's who mistook a number.
  if (end != 0 && now() + kTolerance >= end) ::_exit(0);
}

void on_signal(int number) {
  if (number == SIGALRM) return on_alarm();
  int const descriptor = written_to.load();
  bool const ends = number == SIGINT || number == SIGTERM;
  if (ends && descriptor < 0) ::_exit(0);
  if (descriptor < 0) return;
  if (ends) end_after(patience.load());
  int const before = errno;
  auto const byte = static_cast<unsigned char>(number);
  // A pipe is full after 65,536 signals that nobody has read. Then one more tells nothing new.
  [[maybe_unused]] auto const count = ::write(descriptor, &byte, 1);
  errno = before;
}

void set_action(int number, void (*handler)(int)) noexcept {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  // Fails for the two signals that the C library keeps for itself.
  static_cast<void>(::sigaction(number, &action, nullptr));
}

}  // namespace

void take_over_signals() noexcept {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (std::ranges::find(kLeftAlone, number) != kLeftAlone.end()) continue;
    bool const handled = number == SIGALRM || std::ranges::find(kTold, number) != kTold.end();
    set_action(number, handled ? on_signal : SIG_IGN);
  }
}

int received_signals(std::chrono::seconds longest) noexcept {
  patience.store(longest.count());
  if (read_from.load() >= 0) return read_from.load();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  read_from.store(ends[0]);
  written_to.store(ends[1]);
  return ends[0];
}

void end_at_last(std::chrono::seconds longest) noexcept { end_after(longest.count()); }

void do_not_end() noexcept {
  ::alarm(0);
  end_at.store(0);
}

}  // namespace scaleset::base
