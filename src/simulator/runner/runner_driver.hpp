#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "simulator/runner/runner_calls.hpp"

namespace scaleset::simulator::pretend {

struct DriverOptions {
  explicit DriverOptions(Caller runner) : caller(std::move(runner)) {}
  Caller caller;
  std::filesystem::path root;                     // the runner's folder
  std::function<void(std::string const&)> print;  // one line of its output
  bool honest_exit_code = false;
  bool heed_signals = true;  // false: SIGINT and SIGTERM are left alone
  std::chrono::milliseconds renewal_interval{60000};
  std::chrono::milliseconds longest_wait{
      std::chrono::hours(1)};  // cuts short the waits between attempts
};

/// Carries out what the machine answers: calls, waits, the job, signals. Ends with the runner's
/// exit code.
boost::asio::awaitable<int> drive_runner(DriverOptions options);

}  // namespace scaleset::simulator::pretend
