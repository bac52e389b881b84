#include "http/epoll_set.hpp"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>

#include "base/unique_fd.hpp"

namespace scaleset::http {
namespace {

class EpollSetTest : public ::testing::Test {
 protected:
  EpollSetTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    ends = {base::UniqueFd(pair[0]), base::UniqueFd(pair[1])};
  }
  void make_readable() { EXPECT_EQ(::write(pair[1], "x", 1), 1); }

  boost::asio::io_context context{1};
  EpollSet set{context.get_executor()};
  std::array<int, 2> pair{};
  std::array<base::UniqueFd, 2> ends;
  int calls = 0;
};

TEST_F(EpollSetTest, GivesWhatIsReadyWithItsTag) {
  set.watch(pair[0], 7, EPOLLIN);
  EXPECT_TRUE(set.drain().empty());
  make_readable();
  std::vector<EpollSet::Event> const events = set.drain();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].fd, pair[0]);
  EXPECT_EQ(events[0].tag, 7U);
  EXPECT_EQ(events[0].events, static_cast<std::uint32_t>(EPOLLIN));
}

TEST_F(EpollSetTest, WatchingAgainChangesTheTagAndTheEvents) {
  set.watch(pair[0], 7, EPOLLIN);
  set.watch(pair[0], 8, EPOLLOUT);
  std::vector<EpollSet::Event> const events = set.drain();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].tag, 8U);
  EXPECT_EQ(events[0].events, static_cast<std::uint32_t>(EPOLLOUT));
}

TEST_F(EpollSetTest, ForgetRemovesADescriptorAndIgnoresUnknownOnes) {
  make_readable();
  set.watch(pair[0], 7, EPOLLIN);
  set.forget(pair[0]);
  set.forget(pair[1]);
  EXPECT_TRUE(set.drain().empty());
}

TEST_F(EpollSetTest, EachWaitCallsBackOnceAsLongAsSomethingIsReady) {
  set.watch(pair[0], 7, EPOLLIN);
  set.async_wait([this] { ++calls; });
  context.poll();
  EXPECT_EQ(calls, 0);
  make_readable();
  context.run();
  EXPECT_EQ(calls, 1);
  context.restart();
  set.async_wait([this] { ++calls; });
  context.run();
  EXPECT_EQ(calls, 2) << "nothing was read, so it is still ready";
}

TEST_F(EpollSetTest, ACancelledWaitEndsToo) {
  set.async_wait([this] { ++calls; });
  set.cancel_wait();
  EXPECT_EQ(calls, 0) << "the callback runs from the queue only";
  context.run();
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace scaleset::http
