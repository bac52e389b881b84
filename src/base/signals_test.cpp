#include "base/signals.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <vector>

namespace scaleset::base {
namespace {

using namespace std::chrono_literals;

/// How a process ends that does this after it has taken over its signals: its exit code, or minus
/// the signal that ended it. 7 if it does nothing that ends it.
int end_of(std::function<void()> const& what) {
  pid_t const child = ::fork();
  if (child == 0) {
    take_over_signals();
    what();
    ::_exit(7);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void send(int number) { ::kill(::getpid(), number); }

/// The numbers that can be read now.
std::vector<int> read_all(int descriptor) {
  std::array<unsigned char, 16> bytes{};
  auto const count = ::read(descriptor, bytes.data(), bytes.size());
  return {bytes.begin(), bytes.begin() + std::max<ssize_t>(count, 0)};
}

/// Says by the exit code whether the condition holds: 8 if it does not.
void expect(bool condition) {
  if (!condition) ::_exit(8);
}

/// Of the C library itself, or one that stops a process.
bool is_no_end(int number) {
  return (number > SIGSYS && number < SIGRTMIN) || number == SIGSTOP || number == SIGTSTP ||
         number == SIGTTIN || number == SIGTTOU;
}

bool is_a_fault(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
         number == SIGTRAP || number == SIGABRT || number == SIGSYS;
}

TEST(Signals, OnlyTheTwoAndFaultsEndAProcess) {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (is_no_end(number)) continue;
    int const end = end_of([number] { send(number); });
    if (is_a_fault(number)) {
      EXPECT_NE(end, 7) << number << ": how it ends is left to the system, or to a sanitizer";
      continue;
    }
    int expected = 7;
    if (number == SIGINT || number == SIGTERM) expected = 0;
    if (number == SIGKILL) expected = -number;
    EXPECT_EQ(end, expected) << number;
  }
}

TEST(Signals, NoSignalEndsAProcessThatReadsThem) {
  auto const all = [] {
    int const descriptor = received_signals(60s);
    expect(descriptor >= 0 && descriptor == received_signals(60s));
    for (int number = 1; number <= SIGRTMAX; ++number) {
      if (!is_no_end(number) && number != SIGKILL && !is_a_fault(number)) send(number);
    }
    expect(read_all(descriptor) ==
           std::vector<int>{SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM});
    expect(read_all(descriptor).empty());
  };
  EXPECT_EQ(end_of(all), 7);
}

TEST(Signals, AProcessThatDoesNotReadThemEndsAtLast) {
  auto const hang = [] {
    expect(received_signals(1s) >= 0);
    send(SIGTERM);
    for (;;) ::pause();
  };
  EXPECT_EQ(end_of(hang), 0);
  auto const decided = [] {
    end_at_last(1s);
    end_at_last(60s);
    for (;;) ::pause();
  };
  EXPECT_EQ(end_of(decided), 0);
}

TEST(Signals, AProcessThatIsToGoOnDoesNotEnd) {
  auto const goes_on = [] {
    expect(received_signals(60s) >= 0);
    send(SIGTERM);
    do_not_end();
    expect(::alarm(0) == 0);
    send(SIGALRM);
  };
  EXPECT_EQ(end_of(goes_on), 7);
}

TEST(Signals, ASecondSignalGivesTheFirstNoMoreTime) {
  auto const twice = [] {
    expect(received_signals(60s) >= 0);
    send(SIGTERM);
    ::alarm(5);
    send(SIGTERM);
    send(SIGALRM);  // before the time
    expect(::alarm(0) <= 5);
  };
  EXPECT_EQ(end_of(twice), 7);
}

}  // namespace
}  // namespace scaleset::base
