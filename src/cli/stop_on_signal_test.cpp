#include "cli/stop_on_signal.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "cli/stop_descriptor.hpp"

namespace scaleset::cli {
namespace {

constexpr int kMustHappenWithin = 60000;  // milliseconds

bool becomes_readable(int descriptor, int milliseconds) {
  pollfd entry{descriptor, POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) == 1;
}

TEST(StopOnSignal, BothSignalsRequestAStop) {
  for (int const signal : {SIGINT, SIGTERM}) {
    StopOnSignal const signals;
    StopDescriptor const stopped(signals.token());
    EXPECT_FALSE(becomes_readable(stopped.get(), 0));
    ASSERT_EQ(::kill(::getpid(), signal), 0);
    EXPECT_TRUE(becomes_readable(stopped.get(), kMustHappenWithin)) << signal;
    EXPECT_TRUE(signals.token().stop_requested());
  }
}

TEST(StopOnSignal, EndsWithoutASignal) {
  for (int i = 0; i < 3; ++i) {
    StopOnSignal const signals;
    EXPECT_FALSE(signals.token().stop_requested());
  }
}

TEST(StopDescriptor, IsReadableAtOnceIfTheStopWasRequestedBefore) {
  std::stop_source stop;
  stop.request_stop();
  StopDescriptor const stopped(stop.get_token());
  EXPECT_TRUE(becomes_readable(stopped.get(), 0));
}

TEST(StopDescriptor, StaysQuietForATokenThatCannotStop) {
  StopDescriptor const stopped{std::stop_token()};
  EXPECT_FALSE(becomes_readable(stopped.get(), 0));
}

}  // namespace
}  // namespace scaleset::cli
