#include "daemon/stopping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace scaleset::daemon {
namespace {

using ::testing::HasSubstr;
using Kind = StopStep::Kind;
using std::chrono::seconds;

class StopMachineTest : public ::testing::Test {
 protected:
  Kind signal(int number) {
    last = machine.signalled(number, now);
    return last.kind;
  }
  Kind wake(seconds later) {
    now += later;
    last = machine.woken(now);
    return last.kind;
  }
  StopMachine::TimePoint now{};
  StopMachine machine{OnStop::detach, std::nullopt, ""};
  StopStep last;
};

TEST_F(StopMachineTest, SigtermDetaches) {
  EXPECT_EQ(signal(SIGTERM), Kind::detach);
  EXPECT_EQ(last.why, "SIGTERM was received");
  EXPECT_EQ(machine.due(), std::nullopt);
  EXPECT_EQ(signal(SIGTERM), Kind::none) << "it is detaching already";
}

TEST_F(StopMachineTest, WhatIsConfiguredAnewCountsForTheNextSignal) {
  machine.configure(OnStop::drain, seconds(40));
  EXPECT_EQ(signal(SIGTERM), Kind::drain);
  machine.configure(OnStop::detach, seconds(1000));
  EXPECT_EQ(wake(seconds(30)), Kind::report);
  EXPECT_EQ(wake(seconds(10)), Kind::detach) << "the drain goes on as it began";
}

TEST_F(StopMachineTest, SigintDrainsAndASecondSignalDetaches) {
  for (int const second : {SIGINT, SIGTERM}) {
    machine = StopMachine(OnStop::detach, std::nullopt, "");
    EXPECT_EQ(signal(SIGINT), Kind::drain);
    EXPECT_EQ(signal(second), Kind::detach);
    EXPECT_THAT(last.why, HasSubstr("again"));
    EXPECT_EQ(machine.due(), std::nullopt);
    EXPECT_EQ(signal(second), Kind::none);
  }
}

TEST_F(StopMachineTest, SighupReadsSecretsAgainAndStopsNothing) {
  EXPECT_EQ(signal(SIGHUP), Kind::reload);
  EXPECT_EQ(last.why, "SIGHUP was received");
  EXPECT_EQ(machine.due(), std::nullopt);
  EXPECT_EQ(signal(SIGINT), Kind::drain) << "it was not a first signal";
  EXPECT_EQ(signal(SIGHUP), Kind::reload) << "busy runners may last for hours";
}

TEST_F(StopMachineTest, SigtermDrainsIfToldTo) {
  machine = StopMachine(OnStop::drain, std::nullopt, "");
  EXPECT_EQ(signal(SIGTERM), Kind::drain);
  EXPECT_EQ(signal(SIGTERM), Kind::detach);
}

TEST_F(StopMachineTest, SigtermDrainsWhereRunnersWouldEndWithThisProcess) {
  machine = StopMachine(OnStop::detach, std::nullopt, "it is PID 1");
  EXPECT_EQ(signal(SIGTERM), Kind::drain);
  EXPECT_THAT(last.why, HasSubstr("runners would end with this process: it is PID 1"));
}

TEST_F(StopMachineTest, OtherSignalsAreNoReasonToStop) {
  for (int const other : {SIGQUIT, SIGUSR1, SIGUSR2, 40}) {
    EXPECT_EQ(signal(other), Kind::none);
  }
  EXPECT_EQ(signal(SIGTERM), Kind::detach) << "they did not count as the first";
}

TEST_F(StopMachineTest, WhatADrainWaitsForIsReportedEveryThirtySeconds) {
  EXPECT_EQ(wake(seconds(100)), Kind::none) << "nothing is waited for";
  EXPECT_EQ(signal(SIGINT), Kind::drain);
  EXPECT_EQ(machine.due(), now + seconds(30));
  EXPECT_EQ(wake(seconds(29)), Kind::none);
  EXPECT_EQ(wake(seconds(1)), Kind::report);
  EXPECT_EQ(machine.due(), now + seconds(30));
  EXPECT_EQ(wake(seconds(31)), Kind::report);
}

TEST_F(StopMachineTest, ADrainThatTakesTooLongDetaches) {
  machine = StopMachine(OnStop::detach, seconds(45), "");
  EXPECT_EQ(signal(SIGINT), Kind::drain);
  EXPECT_EQ(wake(seconds(30)), Kind::report);
  EXPECT_EQ(machine.due(), now + seconds(15));
  EXPECT_EQ(wake(seconds(15)), Kind::detach);
  EXPECT_THAT(last.why, HasSubstr("longer than --drain-timeout or drain_timeout"));
  EXPECT_EQ(machine.due(), std::nullopt);
  EXPECT_EQ(signal(SIGTERM), Kind::none);
}

TEST(RunnersEndWithUs, AsPid1AndInAServicesControlGroup) {
  EXPECT_EQ(why_runners_end_with_us(1, ""), "it is PID 1");
  EXPECT_EQ(why_runners_end_with_us(7, "0::/system.slice/scaleset.service\n"),
            "they are in the control group of scaleset.service");
  EXPECT_EQ(why_runners_end_with_us(7, "4:memory:/\n1:name=systemd:/system.slice/a.service"),
            "they are in the control group of a.service");
}

TEST(RunnersEndWithUs, NotInASessionAContainerOrElsewhere) {
  for (std::string_view const cgroups :
       {"", "0::/\n", "0::/user.slice/user-0.slice/session-1.scope\n",
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-term.scope\n",
        "4:memory:/system.slice/a.service\n", "0::/x/0::/a\n", "garbage"}) {
    EXPECT_EQ(why_runners_end_with_us(7, cgroups), "") << cgroups;
  }
}

TEST(SignalName, IsThatOfTheManual) {
  EXPECT_EQ(signal_name(SIGTERM), "SIGTERM");
  EXPECT_EQ(signal_name(SIGUSR2), "SIGUSR2");
  EXPECT_EQ(signal_name(40), "signal 40");
}

}  // namespace
}  // namespace scaleset::daemon
