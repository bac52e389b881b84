#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/cli.hpp"

/// For tests only.
namespace scaleset::cli::testing {

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

/// What the program prints for these arguments, and its exit code.
inline Outcome call(std::vector<std::string> const& words) {
  std::vector<char const*> argv{"scaleset"};
  for (std::string const& word : words) argv.push_back(word.c_str());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  int const code = run(static_cast<int>(argv.size()), argv.data());
  std::string out = ::testing::internal::GetCapturedStdout();
  return {code, std::move(out), ::testing::internal::GetCapturedStderr()};
}

}  // namespace scaleset::cli::testing
