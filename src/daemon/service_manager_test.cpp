#include "daemon/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

SetSnapshot served(bool tried, bool ready) {
  SetSnapshot set;
  set.tried = tried;
  set.ready = ready;
  set.reason = ready ? "" : "it waits";
  set.counts.busy = 2;
  set.counts.idle = 1;
  return set;
}

Snapshot of(std::vector<SetSnapshot> sets) {
  Snapshot snapshot;
  snapshot.sets = std::move(sets);
  return snapshot;
}

TEST(StatusSentence, CountsWhatAnOperatorLooksFor) {
  EXPECT_EQ(status_sentence(of({served(true, true)})),
            "serving 1 scale set; 2 runners busy, 1 idle");
  EXPECT_EQ(status_sentence(of({served(true, true), served(true, false)})),
            "serving 2 scale sets, 1 not ready; 4 runners busy, 2 idle");
  EXPECT_THAT(status_sentence(of({served(true, false)})), HasSubstr("; it waits"));
}

TEST(NotifyMachine, IsReadyWhenEachScaleSetWasTried) {
  NotifyMachine machine;
  EXPECT_THAT(machine.look(of({served(true, true), served(false, false)})),
              ElementsAre(StartsWith("STATUS=")));
  EXPECT_FALSE(machine.is_ready());
  // One that cannot be reached keeps nobody from being ready: it is waited for.
  EXPECT_THAT(machine.look(of({served(true, true), served(true, false)})),
              ElementsAre(StartsWith("READY=1\n")));
  EXPECT_TRUE(machine.is_ready());
}

TEST(NotifyMachine, AFileWithoutScaleSetsIsNoReasonToWait) {
  NotifyMachine machine;
  EXPECT_THAT(machine.look(of({})), ElementsAre(StartsWith("READY=1\n")));
}

TEST(NotifyMachine, TellsASentenceOnce) {
  NotifyMachine machine;
  EXPECT_THAT(machine.look(of({served(true, true)})), ElementsAre(StartsWith("READY=1\n")));
  EXPECT_THAT(machine.look(of({served(true, true)})), IsEmpty());
  EXPECT_THAT(machine.look(of({served(true, false)})), ElementsAre(HasSubstr("not ready")));
}

TEST(NotifyMachine, AStopIsTheLastWord) {
  NotifyMachine machine;
  EXPECT_THAT(machine.stopping("SIGTERM was received"),
              ElementsAre("STOPPING=1\nSTATUS=SIGTERM was received"));
  EXPECT_THAT(machine.stopping("again"), ElementsAre("STATUS=again"));
  EXPECT_THAT(machine.look(of({served(true, true)})), IsEmpty());
}

class ServiceManagerTest : public testing::HouseTest {
 protected:
  ServiceManagerTest() {
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    std::ranges::copy(address, std::begin(own.sun_path));
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr const*>(&own), sizeof(own)), 0);
  }
  std::vector<std::string> received() const {
    std::vector<std::string> all;
    std::array<char, 4096> message{};
    for (;;) {
      auto const count = ::recv(socket.get(), message.data(), message.size(), 0);
      if (count < 0) return all;
      all.emplace_back(message.data(), static_cast<std::size_t>(count));
    }
  }
  ServiceManager& manage(std::optional<std::chrono::microseconds> watchdog) {
    NotifySettings settings;
    settings.address = address;
    settings.watchdog = watchdog;
    manager.emplace(context.get_executor(), settings, *house, log);
    manager->start();
    time.advance(1s);
    return *manager;
  }
  void end() {
    spawn(manager->end());
    time.advance(0s);
  }

  std::string address = folder.path() / "notify";
  base::UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  std::optional<ServiceManager> manager;
};

TEST_F(ServiceManagerTest, IsToldOfTheStartOfReloadsAndOfTheStop) {
  start({settings("one")});
  auto& one = manage(std::nullopt);
  EXPECT_THAT(received(), Contains(StartsWith("READY=1\nSTATUS=serving 1 scale set")));
  one.reloading(5us);
  one.reloaded();
  EXPECT_THAT(received(),
              ElementsAre("RELOADING=1\nMONOTONIC_USEC=5", StartsWith("READY=1\nSTATUS=serving")));
  time.advance(1min);
  EXPECT_THAT(received(), IsEmpty()) << "nothing is new, and no watchdog is wanted";
  one.stopping("SIGTERM was received");
  EXPECT_THAT(received(), ElementsAre("STOPPING=1\nSTATUS=SIGTERM was received"));
  end();
}

TEST_F(ServiceManagerTest, IsNotToldOfTheStartBeforeTheRunnersAreKnown) {
  machine.faults[backends::PretendFault::failing_list] = 1.0;
  start({settings("one")});
  manage(std::nullopt);
  EXPECT_THAT(received(), ::testing::Each(::testing::Not(StartsWith("READY"))));
  machine.faults.clear();
  time.advance(5min);
  EXPECT_THAT(received(), Contains(StartsWith("READY")));
  end();
}

TEST_F(ServiceManagerTest, AServiceThatCannotBeReachedDoesNotHoldTheStartUp) {
  services["one"].answer = testing::make_response(503);
  start({settings("one")});
  manage(std::nullopt);
  EXPECT_THAT(received(), Contains(StartsWith("READY")));
  end();
}

TEST_F(ServiceManagerTest, TheWatchdogGetsASignTwiceAsOftenAsItWants) {
  start({settings("one")});
  manage(10s);
  static_cast<void>(received());
  for (int i = 0; i < 6; ++i) {
    time.advance(5s);
    EXPECT_THAT(received(), Contains("WATCHDOG=1"));
  }
  end();
  time.advance(1min);
  EXPECT_THAT(received(), IsEmpty());
}

TEST_F(ServiceManagerTest, OneThatIsGoneIsToldOfOnce) {
  start({settings("one")});
  std::filesystem::remove(address);
  manage(1s);
  time.advance(1min);
  EXPECT_EQ(std::ranges::count_if(log->lines(),
                                  [](std::string const& line) {
                                    return line.find("takes no messages") != std::string::npos;
                                  }),
            1);
  end();
}

TEST_F(ServiceManagerTest, WithoutOneNothingIsSent) {
  start({settings("one")});
  manager.emplace(context.get_executor(), NotifySettings(), *house, log);
  manager->start();
  manager->stopping("x");
  time.advance(1min);
  EXPECT_FALSE(logged("takes no messages"));
  end();
}

}  // namespace
}  // namespace scaleset::daemon
