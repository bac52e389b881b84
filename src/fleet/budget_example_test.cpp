// The example of docs/configuration.md ("Budgets"): what stands there is what the code does.
// Whoever changes one of them changes the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fleet/budget.hpp"

namespace scaleset::fleet {
namespace {

using ::testing::ElementsAre;

constexpr TimePoint kNow{std::chrono::hours(1)};

class BudgetExample : public ::testing::Test {
 protected:
  BudgetExample() {
    budget.total = {{"slots", 10}};
    for (Sharer* one : {&build, &test, &deploy}) {
      one->cost = {{"slots", 1}};
      one->max = 100;
    }
    build.weight = 2;
    deploy.reserve = 2;
  }
  static void has(Sharer& one, int useful, int jobs) {
    one.useful = useful;
    one.needed = one.wanted = jobs;
  }
  std::vector<int> may_have() const {
    std::vector<int> result;
    for (Share const& share : divide(budget, {build, test, deploy}, kNow))
      result.push_back(share.may_have);
    return result;
  }
  std::vector<int> may_offer() const {
    std::vector<int> result;
    for (Share const& share : divide(budget, {build, test, deploy}, kNow))
      result.push_back(share.may_offer);
    return result;
  }
  Budget budget;
  Sharer build;
  Sharer test;
  Sharer deploy;
};

TEST_F(BudgetExample, NobodyHasAJob) {
  EXPECT_THAT(may_have(), ElementsAre(0, 0, 0));
  EXPECT_THAT(may_offer(), ElementsAre(1, 1, 3));
}

TEST_F(BudgetExample, ManyJobsComeAtOnce) {
  has(build, 0, 12);
  has(test, 0, 6);
  EXPECT_THAT(may_have(), ElementsAre(5, 3, 0));
}

TEST_F(BudgetExample, TheReservedOneHasAJob) {
  has(build, 5, 12);
  has(test, 3, 6);
  has(deploy, 0, 1);
  EXPECT_THAT(may_have(), ElementsAre(5, 3, 1));
  has(deploy, 1, 1);
  EXPECT_EQ(may_offer()[2], 2) << "and its reserve has room for another one";
}

TEST_F(BudgetExample, ARunnerEnds) {
  has(build, 4, 11);
  has(test, 3, 6);
  has(deploy, 1, 1);
  EXPECT_THAT(may_have(), ElementsAre(5, 3, 1));
  has(build, 5, 12);
  has(test, 2, 5);
  EXPECT_THAT(may_have(), ElementsAre(5, 3, 1));
}

TEST_F(BudgetExample, RunnersThatStandByMakeRoom) {
  has(build, 5, 5);
  test.useful = 3;  // all stand by
  test.wanted = 3;
  deploy.useful = 2;
  EXPECT_THAT(may_have(), ElementsAre(5, 3, 2)) << "no job waits";
  has(build, 5, 6);
  EXPECT_THAT(may_have(), ElementsAre(5, 2, 2)) << "one goes";
}

}  // namespace
}  // namespace scaleset::fleet
