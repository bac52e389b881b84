#include "daemon/control.hpp"

#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ControlTest : public testing::HouseTest {
 protected:
  /// The answer, without its line feed.
  std::string ask(ControlRequest request) {
    ControlPorts ports;
    ports.house = house.get();
    ports.clock = time.clock();
    ports.writing = &writing;
    ports.drain_all = [this](std::string const& why) { house->drain(why); };
    ports.reload = [this] { return reload(&reloads); };
    Control control(std::move(ports));
    std::string answer;
    spawn(keep(&control, std::move(request), &answer));
    for (int i = 0; i < 100 && answer.empty(); ++i) time.advance(1s);
    EXPECT_TRUE(answer.ends_with("\n")) << answer;
    if (!answer.empty()) answer.pop_back();
    return answer;
  }
  std::string about(ControlVerb verb, std::string set) {
    return ask(ControlRequest(verb, std::move(set)));
  }
  static constexpr char const* kOne = "https://github.com/one/default/set";

  base::Background writing{context.get_executor()};
  int reloads = 0;

 private:
  static boost::asio::awaitable<Result<std::string>> reload(int* count) {
    ++*count;
    co_return std::string("{\"changed\":[]}");
  }
  static boost::asio::awaitable<void> keep(Control* control, ControlRequest request,
                                           std::string* answer) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    std::string line = co_await control->answer(std::move(request));
    *answer = std::move(line);
  }
};

TEST_F(ControlTest, StatusShowsEachScaleSetWithItsRunners) {
  auto one = settings("one");
  one.fleet.min_idle = 1;
  start({one, settings("two")});
  auto const all = about(ControlVerb::status, "");
  EXPECT_THAT(all, AllOf(HasSubstr("\"address\":\"https://github.com/one/default/set\""),
                         HasSubstr("\"address\":\"https://github.com/two/default/set\""),
                         HasSubstr("\"ready\":true"), HasSubstr("\"state\":\"idle\""),
                         HasSubstr("\"jobs\":{\"available\":0,\"assigned\":0"),
                         HasSubstr("\"maxRunners\":10"), HasSubstr(instances().at(0))));
  auto const two = about(ControlVerb::status, "https://github.com/two/default/set");
  EXPECT_THAT(two, AllOf(HasSubstr("/two/"), ::testing::Not(HasSubstr("/one/"))));
  EXPECT_THAT(about(ControlVerb::status, "set"), HasSubstr("ambiguous_result"));
}

TEST_F(ControlTest, StatusShowsWhatFailsAndForHowLong) {
  bad_backends.emplace("two", Error(ErrorCode::backend, "no engine"));
  machine.faults[backends::PretendFault::failing_start] = 1.0;
  services["one"].assigned = 1;
  start({settings("one")});
  time.advance(1min);
  EXPECT_THAT(about(ControlVerb::status, ""),
              AllOf(HasSubstr("\"problems\":[{\"text\":"), HasSubstr("\"since\":\"2026-01-01T00:0"),
                    HasSubstr("\"failures\":")));
}

TEST_F(ControlTest, AScaleSetIsPausedAndResumedByItsName) {
  start({settings("one")});
  EXPECT_EQ(about(ControlVerb::pause, "SET"), std::string("{\"result\":{\"set\":\"") + kOne +
                                                  R"(","state":"paused","idle":0,"busy":0}})");
  EXPECT_EQ(snapshot().capacity, 0);
  EXPECT_THAT(about(ControlVerb::status, "set"), HasSubstr("\"suspended\":\"paused\""));
  EXPECT_THAT(about(ControlVerb::drain, "set"), HasSubstr(R"("state":"drained")"));
  EXPECT_THAT(about(ControlVerb::status, "set"), HasSubstr("\"suspended\":\"drained\""));
  EXPECT_THAT(about(ControlVerb::resume, "set"), HasSubstr(R"("state":"ready")"));
  EXPECT_EQ(snapshot().capacity, 10);
  EXPECT_FALSE(ended);
}

TEST_F(ControlTest, OneOfTwoIsPausedAndTheOtherGoesOn) {
  start({settings("one"), settings("two")});
  about(ControlVerb::pause, kOne);
  EXPECT_EQ(snapshot(0).capacity, 0);
  EXPECT_EQ(snapshot(1).capacity, 10);
}

TEST_F(ControlTest, WhatIsNotThereIsRefused) {
  start({settings("one")});
  for (auto const verb :
       {ControlVerb::pause, ControlVerb::resume, ControlVerb::drain, ControlVerb::add_runner,
        ControlVerb::reset_session, ControlVerb::delete_set, ControlVerb::status})
    EXPECT_THAT(about(verb, "other"), AllOf(HasSubstr("\"not_found\""), HasSubstr("it serves set")))
        << to_string(verb);
  EXPECT_THAT(ask(ControlRequest(ControlVerb::retire_runner, "", "x")),
              HasSubstr("\"runner_not_found\""));
}

TEST_F(ControlTest, ARunnerIsAddedAndRetired) {
  start({settings("one")});
  auto const added = about(ControlVerb::add_runner, "set");
  time.advance(1s);
  ASSERT_THAT(instances(), SizeIs(1));
  std::string const name = instances().front();
  EXPECT_THAT(added, HasSubstr("\"runner\":\"" + name + "\""));
  EXPECT_THAT(ask(ControlRequest(ControlVerb::retire_runner, "", name)),
              HasSubstr("{\"result\":{\"set\":"));
  time.advance(10s);
  EXPECT_THAT(instances(), SizeIs(0));
}

TEST_F(ControlTest, OneThatDrainsForGoodSaysWhyItTakesNoCommands) {
  auto two = settings("two");
  two.fleet.min_idle = 1;
  stays = true;
  start({settings("one"), two});
  machine.find(instances().at(0))->busy();
  time.advance(1s);
  house->serve({settings("one")}, Missing::drain);
  time.advance(1s);
  EXPECT_THAT(about(ControlVerb::pause, "https://github.com/two/default/set"),
              HasSubstr("it is draining, because it is not configured any more"));
  EXPECT_EQ(
      snapshot(1).reason,
      "it is not configured any more; busy runners finish, and then it is not served any more");
  machine.find(instances().at(0))->exit(0, backends::ExitCause::exited);
  time.advance(10min);
}

TEST_F(ControlTest, OneThatCannotBeServedIsNotUnknown) {
  bad_ports.emplace("two", Error(ErrorCode::io, "the secret is gone"));
  stays = true;
  start({settings("one"), settings("two")});
  auto const refused = about(ControlVerb::pause, "https://github.com/two/default/set");
  EXPECT_THAT(refused, AllOf(HasSubstr("\"conflict\""), HasSubstr("is not served at the moment: "),
                             HasSubstr("the secret is gone")));
}

TEST_F(ControlTest, ADrainOfAllIsHandedOn) {
  start({settings("one"), settings("two")});
  EXPECT_EQ(about(ControlVerb::drain, ""), "{\"result\":{\"draining\":true}}");
  time.advance(10s);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(logged("why=\"an operator asked for it\"") || logged("an operator asked for it"));
}

TEST_F(ControlTest, AReloadIsHandedOn) {
  start({settings("one")});
  EXPECT_EQ(about(ControlVerb::reload, ""), "{\"result\":{\"changed\":[]}}");
  EXPECT_EQ(reloads, 1);
}

TEST_F(ControlTest, ASessionIsResetAndADrainedScaleSetDeleted) {
  start({settings("one")});
  EXPECT_THAT(about(ControlVerb::reset_session, "set"), HasSubstr("{\"result\":"));
  EXPECT_THAT(about(ControlVerb::delete_set, "set"), HasSubstr("drain it first"));
  about(ControlVerb::drain, "set");
  EXPECT_THAT(about(ControlVerb::delete_set, "set"), HasSubstr("{\"result\":"));
  EXPECT_THAT(services["one"].done, ::testing::Contains("DELETE scale set"));
}

}  // namespace
}  // namespace scaleset::daemon
