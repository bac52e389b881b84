#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/whole_number.hpp"
#include "company.hpp"
#include "world.hpp"
#include "world_log.hpp"

/// Runs worlds of 10 hours each, or companies of 5 scale sets for 2 hours each, until so many
/// fleet-hours have passed. See run.py and `./dev help`.
namespace scaleset::simulation {
namespace {

constexpr int kHoursOfAWorld = 10;
constexpr int kSetsOfACompany = 5;

struct Arguments {
  int hours = 100;
  std::uint64_t seed = 1;
  bool log = false;
  bool companies = false;
};

int usage() {
  std::fputs("usage: simulate_fleet [--hours N] [--seed S] [--companies] [--log]\n", stderr);
  return 2;
}

bool read(Arguments& arguments, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view const flag = argv[i];
    if (flag == "--log" || flag == "--companies") {
      (flag == "--log" ? arguments.log : arguments.companies) = true;
      continue;
    }
    if (i + 1 == argc) return false;
    auto const number = base::whole_number<std::int64_t>(argv[++i]);
    if (!number || *number < 1) return false;
    if (flag == "--hours") {
      arguments.hours = static_cast<int>(*number);
    } else if (flag == "--seed") {
      arguments.seed = static_cast<std::uint64_t>(*number);
    } else {
      return false;
    }
  }
  return true;
}

/// Runs what the plan says. False: something was violated, which is printed.
template <class Simulated, class Plan>
bool run_one(Plan const& plan, std::string const& replay, bool log, std::size_t& jobs) {
  Simulated world(plan, log ? std::make_shared<WorldLog>() : nullptr);
  auto const violations = world.run();
  jobs += world.jobs_done();
  if (violations.empty()) return true;
  std::printf("%s\n", describe(plan).c_str());
  for (auto const& violation : violations) std::printf("  %s\n", violation.c_str());
  std::printf("replay: ./dev simulate-fleet %s --log\n", replay.c_str());
  return false;
}

bool run_world(std::uint64_t seed, int hours, Arguments const& arguments, std::size_t& jobs) {
  std::string const replay = "--hours " + std::to_string(hours) + " --seed " + std::to_string(seed);
  if (!arguments.companies)
    return run_one<World>(plan_of(seed, hours), replay, arguments.log, jobs);
  auto plan = company_plan_of(seed, std::max(1, hours / kSetsOfACompany));
  plan.sets = kSetsOfACompany;
  return run_one<Company>(plan, replay + " --companies", arguments.log, jobs);
}

int run(Arguments const& arguments) {
  // The journals of thousands of crashes need not reach a real disk.
  if (std::filesystem::is_directory("/dev/shm")) setenv("TMPDIR", "/dev/shm", 1);
  auto const begin = std::chrono::steady_clock::now();
  int hours = 0;
  int failed = 0;
  std::size_t jobs = 0;
  for (std::uint64_t seed = arguments.seed; hours < arguments.hours; ++seed) {
    int const part = std::min(kHoursOfAWorld, arguments.hours - hours);
    if (!run_world(seed, part, arguments, jobs)) ++failed;
    hours += part;
    std::fflush(stdout);
  }
  double const seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%d fleet-hours, %zu jobs, %d worlds with violations, %.1f fleet-hours a second\n",
              hours, jobs, failed, hours / seconds);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace scaleset::simulation

int main(int argc, char** argv) {
  scaleset::simulation::Arguments arguments;
  if (!scaleset::simulation::read(arguments, argc, argv)) return scaleset::simulation::usage();
  return scaleset::simulation::run(arguments);
}
