#include "daemon/set_runner.hpp"
#include "daemon/testing/house_fixture.hpp"

/// Scale sets with a share of a budget.
namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using fleet::Share;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_response;
using ::testing::SizeIs;

class SharesTest : public testing::HouseTest {
 protected:
  SharesTest() {
    stays = true;
    budgets["hosts"].total = {{"slots", 1}};
  }
  SetSettings with_budget(std::string const& name) const {
    auto made = settings(name);
    made.budget.name = "hosts";
    return made;
  }
  SetRunner& runner(std::size_t number = 0) { return *house->sets().at(number); }
  using Answer = std::shared_ptr<Result<AddedRunner>>;
  /// The answer comes later; until then it is a timeout.
  Answer ask(std::size_t number) {
    auto answer = std::make_shared<Result<AddedRunner>>(fail(ErrorCode::timeout, "no answer"));
    spawn(keep(runner(number).add_runner(), answer));
    time.advance(0s);
    return answer;
  }
  Result<AddedRunner> add(std::size_t number) {
    auto const answer = ask(number);
    time.advance(10s);
    return *answer;
  }

 private:
  static boost::asio::awaitable<void> keep(Task<AddedRunner> task, Answer answer) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto added = co_await std::move(task);
    *answer = std::move(added);
  }
};

TEST_F(SharesTest, ALargerShareThatNobodyWaitsForIsTakenWhenThePollEnds) {
  start({settings("one")});
  runner().give(Share{1, 1});
  ASSERT_EQ(snapshot().capacity, 1);
  runner().give(Share{3, 3});
  EXPECT_EQ(snapshot().capacity, 1) << "the poll is not cut";
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 0)};
  time.advance(5min);
  EXPECT_EQ(snapshot().capacity, 3);
}

TEST_F(SharesTest, AlsoIfThePollEndsWithAnError) {
  start({settings("one")});
  runner().give(Share{1, 1});
  runner().give(Share{3, 3});
  services["one"].answer = make_response(500);  // to what follows
  time.advance(5min);                           // the poll that is held has got no answer
  EXPECT_EQ(snapshot().capacity, 3);
}

TEST_F(SharesTest, ARunnerIsAddedIfTheBudgetHasRoom) {
  start({with_budget("one"), with_budget("two")});
  auto const added = add(1);
  ASSERT_TRUE(added) << added.error().message;
  EXPECT_THAT(instances(), SizeIs(1));
  EXPECT_EQ(snapshot(1).counts.useful(), 1);
}

TEST_F(SharesTest, NoRunnerIsAddedBeyondTheBudgetAndTheReasonIsTold) {
  start({with_budget("one"), with_budget("two")});
  ASSERT_TRUE(add(0));
  auto const refused = add(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("the budget \"hosts\" has no room"));
  EXPECT_THAT(instances(), SizeIs(1));
  machine.find(instances().front())->exit(0, backends::ExitCause::exited);
  time.advance(10min);
  EXPECT_THAT(instances(), IsEmpty()) << "what was refused is not wanted any more";
}

TEST_F(SharesTest, OneThatWaitsForTheBudgetIsStartedWhenThatHasRoom) {
  start({with_budget("one"), with_budget("two")});
  ASSERT_TRUE(add(0));
  auto const first = instances().at(0);
  auto const answer = ask(1);
  machine.find(first)->exit(0, backends::ExitCause::exited);
  time.advance(10s);
  ASSERT_TRUE(*answer) << answer->error().message;
  EXPECT_EQ(snapshot(1).counts.useful(), 1);
}

TEST_F(SharesTest, OneRunnerIsAddedAtATime) {
  start({with_budget("one"), with_budget("two")});
  ASSERT_TRUE(add(0));
  auto const first = ask(1);
  auto const second = add(1);
  EXPECT_FALSE(*first);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another runner is just being added"));
  time.advance(10s);
}

}  // namespace
}  // namespace scaleset::daemon
