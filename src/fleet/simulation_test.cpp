#include <cstdlib>

#include "fleet/testing/world.hpp"

/// A fleet in a world full of faults, for many virtual hours. A seed that fails is printed. Replay
/// it with SCALESET_SEED=n fleet_test --gtest_filter='FleetSimulationTest.*'
namespace scaleset::fleet {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::World;

std::vector<std::uint64_t> seeds() {
  if (char const* const chosen = std::getenv("SCALESET_SEED")) {
    return {std::strtoull(chosen, nullptr, 10)};
  }
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) all.push_back(seed);
  return all;
}

Options options_of(std::uint64_t seed) {
  Options options;
  options.min_idle = static_cast<int>(seed % 4);
  options.max_runners = 4 + static_cast<int>(seed % 13);
  options.parallel_starts = 1 + static_cast<int>(seed % 8);
  return options;
}

void work(World& world, Duration time) {
  for (Duration passed{0}; passed < time;) {
    if (world.chance() < 0.05) world.crash();
    int const burst = world.chance() < 0.1 ? 15 : 1;
    for (int i = 0; i < burst; ++i) world.add_job();
    Duration const pause = world.between(seconds(1), minutes(10));
    world.run(pause);
    passed += pause;
  }
}

TEST(FleetSimulationTest, ConvergesOnceFaultsStop) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Options const options = options_of(seed);
    World world(options, seed);
    work(world, hours(24));
    world.faults = false;
    world.run(hours(6));
    // A job that two deaf runners in a row did not get is taken for a phantom until the numbers of
    // jobs change. GitHub changes them by itself, since it assigns such a job anew.
    world.add_job();
    world.run(hours(6));
    auto const idle = static_cast<std::size_t>(options.min_idle);
    // Idle runners are replaced now and then. This looks between two such times.
    for (int i = 0; i < 60 && world.fleet().counts().idle != options.min_idle; ++i)
      world.run(seconds(30));
    EXPECT_EQ(world.unfinished_jobs(), 0U) << world.report();
    EXPECT_EQ(world.instances(), idle) << world.report();
    EXPECT_EQ(world.registrations(), idle) << world.report();
    EXPECT_EQ(world.journal_rows(), idle) << world.report();
    EXPECT_EQ(world.fleet().counts().idle, options.min_idle) << world.report();
    EXPECT_GT(world.steps(), 1000U);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(FleetSimulationTest, ADrainDuringFaultsLeavesNothing) {
  for (std::uint64_t const seed : seeds()) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(options_of(seed), seed);
    work(world, hours(2));
    world.drain();
    EXPECT_EQ(world.fleet().capacity(), 0);
    world.run(minutes(20));
    world.faults = false;
    world.run(hours(1));
    EXPECT_TRUE(world.fleet().is_empty()) << world.report();
    EXPECT_EQ(world.instances(), 0U) << world.report();
    EXPECT_EQ(world.registrations(), 0U) << world.report();
    EXPECT_EQ(world.journal_rows(), 0U) << world.report();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace scaleset::fleet
