#include "http/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "base/testing/coroutine_test.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::http {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// A name server that answers when the test says so.
class SlowNames {
 public:
  Result<Addresses> look_up(std::string const& host) {
    std::unique_lock lock(mutex_);
    asked_.push_back(host);
    ++busy_;
    most_ = std::max(most_, busy_);
    changed_.notify_all();
    changed_.wait(lock, [this] { return answers_; });
    --busy_;
    if (host == "throws") throw std::runtime_error("no memory");
    if (host == "unknown") return fail(ErrorCode::network, "there is no such host");
    return Addresses{"192.0.2.1"};
  }
  void answer() {
    std::scoped_lock const lock(mutex_);
    answers_ = true;
    changed_.notify_all();
  }
  void wait_until_asked(std::size_t times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_.size() >= times; });
  }
  std::vector<std::string> asked() {
    std::scoped_lock const lock(mutex_);
    return asked_;
  }
  int most() {
    std::scoped_lock const lock(mutex_);
    return most_;
  }

 private:
  std::mutex mutex_;  // the test's thread and those of the Resolver
  std::condition_variable changed_;
  std::vector<std::string> asked_;
  bool answers_ = false;
  int busy_ = 0;
  int most_ = 0;
};

class ResolverTest : public base::testing::CoroutineTest {
 protected:
  ~ResolverTest() override { names->answer(); }
  boost::asio::awaitable<void> find(std::string host, std::chrono::milliseconds longest) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    std::function<bool()> given_up = [this] { return gone; };
    auto const found = co_await resolver->find(std::move(host), longest, given_up);
    events.push_back(found ? found->front() : std::string(to_string(found.error().code)));
  }
  /// Real threads answer in their own time.
  void run_until(std::size_t count) {
    while (events.size() < count) {
      context.restart();
      context.poll();
    }
  }

  async::VirtualTime time{context};
  bool gone = false;
  std::shared_ptr<SlowNames> names = std::make_shared<SlowNames>();
  std::unique_ptr<Resolver> resolver = std::make_unique<Resolver>(
      context.get_executor(),
      [names = names](std::string const& host) { return names->look_up(host); });
};

TEST_F(ResolverTest, ThoseThatAskForTheSameHostShareOneLookUp) {
  for (int i = 0; i < 100; ++i) spawn(find("host", 10s));
  context.poll();
  names->answer();
  run_until(100);
  EXPECT_EQ(names->asked().size(), 1U);
  EXPECT_EQ(events, Events(100, "192.0.2.1"));
  spawn(find("host", 10s));
  context.restart();
  context.poll();
  EXPECT_EQ(events.size(), 101U) << "the answer is kept";
  EXPECT_EQ(names->asked().size(), 1U);
  time.advance(61s);
  spawn(find("host", 10s));
  run_until(102);
  EXPECT_EQ(names->asked().size(), 2U) << "for a minute";
}

TEST_F(ResolverTest, OneHostIsLookedUpAtATime) {
  for (int i = 0; i < 20; ++i) spawn(find("host" + std::to_string(i), 10s));
  context.poll();
  names->wait_until_asked(1);
  names->answer();
  run_until(20);
  EXPECT_EQ(names->asked().size(), 20U);
  EXPECT_EQ(names->most(), 1);
}

TEST_F(ResolverTest, FailuresAreToldToAllAndKeptForAMoment) {
  for (int i = 0; i < 3; ++i) spawn(find("unknown", 10s));
  spawn(find("throws", 10s));
  context.poll();
  names->answer();
  run_until(4);
  EXPECT_EQ(events, Events(4, "network"));
  EXPECT_EQ(names->asked().size(), 2U);
  time.advance(2s);
  spawn(find("unknown", 10s));
  run_until(5);
  EXPECT_EQ(names->asked().size(), 3U);
}

TEST_F(ResolverTest, WhoeverWaitsTooLongStopsWaiting) {
  spawn(find("host", 3s));
  spawn(find("host", 10s));
  context.poll();
  time.advance(2999ms);
  EXPECT_EQ(events, Events{});
  time.advance(1ms);
  EXPECT_EQ(events, Events{"timeout"});
  names->answer();
  run_until(2);
  EXPECT_EQ(events.back(), "192.0.2.1") << "the others go on";
}

TEST_F(ResolverTest, ACancelledCallEndsAtOnce) {
  spawn(find("host", 10s));
  context.poll();
  cancel();
  context.restart();
  context.poll();
  EXPECT_EQ(events, Events{"cancelled"});
}

TEST_F(ResolverTest, WhoeverIsWokenAndHasGivenUpEnds) {
  spawn(find("host", 10s));
  context.poll();
  resolver->wake_all();
  context.restart();
  context.poll();
  EXPECT_EQ(events, Events{}) << "it has not given up";
  gone = true;
  resolver->wake_all();
  context.restart();
  context.poll();
  EXPECT_EQ(events, Events{"cancelled"});
}

TEST_F(ResolverTest, ItsEndWaitsForNoLookUp) {
  spawn(find("host", 3s));
  context.poll();
  names->wait_until_asked(1);
  time.advance(3s);
  EXPECT_EQ(events, Events{"timeout"});
  resolver.reset();
  names->answer();
}

TEST(LookUpHost, FindsBothKindsOfAddresses) {
  auto const found = look_up_host("127.0.0.1");
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, ElementsAre("127.0.0.1"));
  EXPECT_THAT(look_up_host("::1").value(), ElementsAre("::1"));
}

TEST(LookUpHost, ANameThatIsNoneIsAnError) {
  auto const found = look_up_host("not a name");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::network);
  EXPECT_FALSE(found.error().message.empty());
}

}  // namespace
}  // namespace scaleset::http
