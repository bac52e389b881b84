#include "daemon/control_listener.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "base/testing/coroutine_test.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class ControlListenerTest : public base::testing::CoroutineTest {
 protected:
  ~ControlListenerTest() override {
    spawn(listener.stop());
    time.advance(0s);
  }
  void start() {
    listener.start();
    time.advance(0s);
  }
  bool is_found() const { return connect_to(path).has_value(); }
  std::ptrdiff_t times_logged(std::string const& part) const {
    return std::ranges::count_if(
        log->lines(), [&](auto const& line) { return line.find(part) != std::string::npos; });
  }

  async::VirtualTime time{context};
  std::shared_ptr<scaleset::testing::RecordingLogSink> log =
      std::make_shared<scaleset::testing::RecordingLogSink>();
  base::TemporaryDirectory folder;
  fs::path path = folder.path() / "state/scaleset.sock";
  base::Background disk{context.get_executor()};
  ControlListener listener{
      context.get_executor(), path,
      [](ControlRequest) -> boost::asio::awaitable<std::string> { co_return "answer\n"; }, disk,
      log};
};

TEST_F(ControlListenerTest, ASocketThatIsThereStays) {
  fs::create_directory(path.parent_path());
  start();
  ASSERT_TRUE(is_found());
  auto const connection = connect_to(path);
  time.advance(3min);
  EXPECT_TRUE(is_found());
  EXPECT_EQ(times_logged("listening for commands"), 1);
}

TEST_F(ControlListenerTest, OneThatWasRemovedIsMadeAgain) {
  fs::create_directory(path.parent_path());
  start();
  for (int number = 1; number <= 2; ++number) {
    fs::remove(path);
    ASSERT_FALSE(is_found());
    time.advance(1min);
    EXPECT_TRUE(is_found());
    EXPECT_EQ(times_logged("the control socket was gone; it is made again"), number);
  }
}

TEST_F(ControlListenerTest, AlsoIfItsFolderWasMoved) {
  fs::create_directory(path.parent_path());
  start();
  fs::rename(path.parent_path(), folder.path() / "elsewhere");
  time.advance(1min);
  EXPECT_TRUE(is_found());
  EXPECT_EQ(fs::status(path.parent_path()).permissions(), fs::perms::owner_all);
}

TEST_F(ControlListenerTest, WhatIsInTheWayIsToldOnceAndTheSocketComesWhenItIsGone) {
  fs::create_directory(path.parent_path());
  std::ofstream(path) << "mine";
  start();
  time.advance(10min);
  EXPECT_EQ(times_logged("it goes on without"), 1);
  EXPECT_TRUE(fs::is_regular_file(path));
  fs::remove(path);
  time.advance(1min);
  EXPECT_TRUE(is_found());
}

TEST_F(ControlListenerTest, AFileThatTookItsPlaceIsLeftAlone) {
  fs::create_directory(path.parent_path());
  start();
  fs::remove(path);
  std::ofstream(path) << "mine";
  time.advance(5min);
  EXPECT_TRUE(fs::is_regular_file(path));
  EXPECT_EQ(times_logged("it goes on without"), 1);
}

TEST_F(ControlListenerTest, AFolderThatDoesNotExistAtTheStartIsNotMade) {
  start();
  time.advance(5min);
  EXPECT_FALSE(fs::exists(path.parent_path())) << "it is a wrong path, as far as is known";
  EXPECT_EQ(times_logged("it goes on without"), 1);
}

}  // namespace
}  // namespace scaleset::daemon
