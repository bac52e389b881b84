#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/runner/pretend_runner.hpp"

/// For the tests, the pretend runner without the rest of scaleset: `pretend_runner simulate-runner
/// ARGUMENTS`.
int main(int count, char** values) {
  std::vector<std::string> const arguments(values + 1, values + count);
  if (arguments.empty() || arguments.front() != "simulate-runner") {
    std::fputs("pretend_runner simulate-runner ARGUMENTS\n", stderr);
    return 2;
  }
  return scaleset::simulator::run_pretend_runner({arguments.begin() + 1, arguments.end()});
}
