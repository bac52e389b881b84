#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "simulator/runner/misbehaviour.hpp"
#include "simulator/runner/runner_calls.hpp"
#include "simulator/runner/runner_machine.hpp"

namespace scaleset::simulator::pretend {

struct DriverOptions {
  explicit DriverOptions(Caller runner) : caller(std::move(runner)) {}
  Caller caller;
  std::filesystem::path root;                               // the runner's folder
  std::filesystem::path worker_program = "/proc/self/exe";  // has the command `simulate-runner`
  std::function<void(std::string const&)> print;            // one line of its output
  std::function<void(std::string const&)> log;              // one line of its log
  std::function<void()> remove_settings = [] {};            // delete the JIT configuration's files
  ExitHabits habits;
  Misbehaviour misbehaviour = Misbehaviour::none;  // only those that come after the start
  std::chrono::milliseconds renewal_interval{60000};
  std::chrono::milliseconds unload_time{30000};  // at most, after SIGTERM (protocol.md 11.3)
  std::chrono::milliseconds longest_wait{
      std::chrono::hours(1)};  // cuts short the waits between attempts
};

/// Carries out what the machine decides: calls, waits, and the worker process with the job. Passes
/// signals on to it. Returns the runner's exit code.
boost::asio::awaitable<int> drive_runner(DriverOptions options);

}  // namespace scaleset::simulator::pretend
