#include "simulator/runner/misbehaviour.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "base/files.hpp"

namespace scaleset::simulator::pretend {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Misbehaviours, EachHasANameOfItsOwnAndADescription) {
  std::set<std::string_view> names;
  for (MisbehaviourInfo const& info : misbehaviours()) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(info.description.empty());
    if (info.kind == Misbehaviour::exit_at_once) continue;
    EXPECT_EQ(parse_runner_fault(info.name)->kind, info.kind) << info.name;
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Misbehaviour::version_deprecated));
}

TEST(ParseRunnerFault, ReadsNameCodeAndShare) {
  EXPECT_EQ(parse_runner_fault("")->kind, Misbehaviour::none);
  EXPECT_EQ(parse_runner_fault(" \n")->kind, Misbehaviour::none);
  RunnerFault const exit = parse_runner_fault("exit:7").value();
  EXPECT_EQ(exit.kind, Misbehaviour::exit_at_once);
  EXPECT_EQ(exit.exit_code, 7);
  EXPECT_EQ(exit.percent, 100);
  RunnerFault const some = parse_runner_fault("die_mid_job  25%\n").value();
  EXPECT_EQ(some.kind, Misbehaviour::die_mid_job);
  EXPECT_EQ(some.percent, 25);
}

TEST(ParseRunnerFault, RefusesUnknownFaultsAndNamesTheKnownOnes) {
  for (char const* text : {"exit:", "exit:x", "exit:7x", "exit:-1", "exit:256", "other", "exit",
                           "die_mid_job 101%", "die_mid_job 5", "die_mid_job x%", "none", "%"}) {
    Result<RunnerFault> const fault = parse_runner_fault(text);
    ASSERT_FALSE(fault) << text;
    EXPECT_THAT(fault.error().message,
                AllOf(HasSubstr(text), HasSubstr("hang_before_session"), HasSubstr("exit:N")));
  }
}

class FindRunnerFault : public ::testing::Test {
 protected:
  ~FindRunnerFault() override { unsetenv("SIMULATE_RUNNER_FAULT"); }
  base::TemporaryDirectory directory;
};

TEST_F(FindRunnerFault, TheEnvironmentGoesBeforeTheFoldersFile) {
  EXPECT_EQ(find_runner_fault(directory.path(), 0)->kind, Misbehaviour::none);
  std::ofstream(directory.path() / "simulated-fault") << "ignore_sigterm\n";
  EXPECT_EQ(find_runner_fault(directory.path(), 99)->kind, Misbehaviour::ignore_sigterm);
  setenv("SIMULATE_RUNNER_FAULT", "exit:3", 1);
  EXPECT_EQ(find_runner_fault(directory.path(), 0)->kind, Misbehaviour::exit_at_once);
}

TEST_F(FindRunnerFault, StrikesAShare) {
  setenv("SIMULATE_RUNNER_FAULT", "exit:3 10%", 1);
  EXPECT_EQ(find_runner_fault(directory.path(), 9)->kind, Misbehaviour::exit_at_once);
  EXPECT_EQ(find_runner_fault(directory.path(), 10)->kind, Misbehaviour::none);
}

TEST_F(FindRunnerFault, RefusesABrokenFile) {
  std::ofstream(directory.path() / "simulated-fault") << "rubbish";
  EXPECT_FALSE(find_runner_fault(directory.path(), 0));
}

}  // namespace
}  // namespace scaleset::simulator::pretend
