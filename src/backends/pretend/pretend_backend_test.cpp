#include "backends/pretend/pretend_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/coroutine_test.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::backends {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FixedRandom final : public RandomSource {
 public:
  double uniform() override { return next; }
  double next = 0.5;
};

/// Registers, has a job of a minute after an hour, and ends.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): outlives its program
asio::awaitable<void> one_job(PretendInstance& instance) {
  instance.registered();
  bool const waited = co_await async::sleep_for(1h);
  if (!waited) co_return;
  instance.busy();
  bool const worked = co_await async::sleep_for(1min);
  if (!worked) co_return;
  instance.idle();
  instance.exit(0, ExitCause::exited);
}

class PretendBackendTest : public base::testing::CoroutineTest {
 protected:
  PretendBackendTest() { make(); }
  ~PretendBackendTest() override {
    backend_.reset();
    spawn(world_.finish());
    time_.advance(0s);
  }

  void make() { backend_ = make_for(owner_); }

  std::unique_ptr<PretendBackend> make_for(base::OwnerKey const& owner) {
    return std::make_unique<PretendBackend>(
        owner, [this](InstanceEvent const& event) { events.push_back(text(event)); }, world_);
  }

  static std::string text(InstanceEvent const& event) {
    switch (event.kind) {
      case InstanceEvent::Kind::registered: return event.runner_name + " registered";
      case InstanceEvent::Kind::busy: return event.runner_name + " busy";
      case InstanceEvent::Kind::idle: return event.runner_name + " idle";
      case InstanceEvent::Kind::troubled: return event.runner_name + " troubled " + event.reason;
      case InstanceEvent::Kind::exited: break;
    }
    return event.runner_name + " " + std::string(to_string(event.cause)) + " " +
           (event.exit_code ? std::to_string(*event.exit_code) : "-");
  }

  asio::awaitable<void> start(std::string name) {
    co_await asio::this_coro::throw_if_cancelled(false);
    InstanceSpec spec;
    spec.runner_name = std::move(name);
    spec.runner = RunnerId{17};
    spec.scale_set = ScaleSetId{5};
    Result<std::string> const started = co_await backend_->start(std::move(spec));
    answer_ = started ? *started : "error: " + started.error().message;
  }

  asio::awaitable<void> list() {
    Result<std::vector<Instance>> const listed = co_await backend_->list();
    listed_ = listed.value_or(std::vector<Instance>());
    answer_ = listed ? "listed" : "error: " + listed.error().message;
  }

  /// Runs a call as far as it gets without time.
  template <class T>
  void call(asio::awaitable<T> task) {
    answer_.clear();
    spawn(ignore_result(std::move(task)));
    time_.advance(0s);
  }

  template <class T>
  static asio::awaitable<void> ignore_result(asio::awaitable<T> task) {
    co_await std::move(task);
  }

  void stop(StopMode mode) { call(backend_->stop("r1", mode)); }

  async::VirtualTime time_{context};
  base::OwnerKey owner_ = base::OwnerKey::make("https://github.com/o", "default", "linux").value();
  std::shared_ptr<FixedRandom> random_ = std::make_shared<FixedRandom>();
  PretendWorld world_{context.get_executor(), random_, one_job};
  std::unique_ptr<PretendBackend> backend_;
  std::string answer_;
  std::vector<Instance> listed_;
};

TEST_F(PretendBackendTest, AnInstanceLivesAsItsProgramSays) {
  call(start("r1"));
  EXPECT_EQ(answer_, "pretend-r1");
  call(list());
  ASSERT_EQ(listed_.size(), 1U);
  EXPECT_EQ(listed_[0].owner, owner_);
  EXPECT_EQ(listed_[0].runner, RunnerId{17});
  EXPECT_EQ(listed_[0].scale_set, ScaleSetId{5});
  EXPECT_EQ(listed_[0].reference, "pretend-r1");
  EXPECT_TRUE(listed_[0].alive);
  EXPECT_EQ(listed_[0].activity, Activity::idle);
  time_.advance(1h);
  call(list());
  EXPECT_EQ(listed_.at(0).activity, Activity::busy);
  time_.advance(1min);
  EXPECT_THAT(events, ElementsAre("r1 registered", "r1 busy", "r1 idle", "r1 exited 0"));
  call(list());
  EXPECT_THAT(listed_, IsEmpty());
}

TEST_F(PretendBackendTest, StopsEndAnInstance) {
  call(start("r1"));
  stop(StopMode::graceful);
  call(start("r1"));
  stop(StopMode::force);
  stop(StopMode::force);
  EXPECT_THAT(events, ElementsAre("r1 registered", "r1 exited 0", "r1 registered", "r1 exited -"));
  time_.advance(2h);
  EXPECT_EQ(events.size(), 4U) << "its program has ended as well";
}

TEST_F(PretendBackendTest, InstancesOutliveTheirBackend) {
  call(start("r1"));
  call(start("r2"));
  call(backend_->detach());
  backend_.reset();
  time_.advance(1h);
  EXPECT_EQ(events.size(), 2U);
  make();
  call(list());
  ASSERT_EQ(listed_.size(), 2U);
  EXPECT_EQ(listed_[0].activity, Activity::busy);
  EXPECT_THAT(events, ElementsAre("r1 registered", "r2 registered", "r1 busy", "r2 busy"));
}

TEST_F(PretendBackendTest, AnEndWithoutABackendIsToldToTheNext) {
  call(start("r1"));
  backend_.reset();
  time_.advance(2h);
  ASSERT_EQ(world_.instances().size(), 1U);
  EXPECT_FALSE(world_.instances()[0]->alive());
  EXPECT_EQ(world_.find("r1"), nullptr);
  make();
  EXPECT_EQ(events.size(), 1U) << "not from inside the call";
  time_.advance(0s);
  EXPECT_EQ(events.back(), "r1 exited 0");
  EXPECT_THAT(world_.instances(), IsEmpty());
}

TEST_F(PretendBackendTest, AStartUnderWayAtACrashStartsNothing) {
  world_.faults = {{PretendFault::slow_start, 1.0}};
  call(start("r1"));
  backend_.reset();
  time_.advance(PretendWorld::kSlow);
  EXPECT_THAT(answer_, HasSubstr("error"));
  EXPECT_THAT(world_.instances(), IsEmpty());
}

TEST_F(PretendBackendTest, OthersAreListedAndNotTouched) {
  call(start("r1"));
  backend_.reset();
  base::OwnerKey other = owner_;
  other.name = "other";
  backend_ = make_for(other);
  call(list());
  ASSERT_EQ(listed_.size(), 1U);
  EXPECT_EQ(listed_[0].owner, owner_);
  stop(StopMode::force);
  EXPECT_NE(world_.find("r1"), nullptr);
  call(start("r1"));
  EXPECT_THAT(answer_, HasSubstr("another's"));
  time_.advance(2h);
  EXPECT_THAT(events, ElementsAre("r1 registered")) << "its events are its owner's";
}

TEST_F(PretendBackendTest, SlowCallsTakeTime) {
  world_.faults = {{PretendFault::slow_start, 1.0}, {PretendFault::slow_prepare, 1.0}};
  bool prepared = false;
  auto const prepare = [](PretendBackend* backend, bool* done) -> asio::awaitable<void> {
    Result<void> const result = co_await backend->prepare(std::make_shared<Template>());
    *done = result.has_value();
  };
  call(prepare(backend_.get(), &prepared));
  call(start("r1"));
  time_.advance(PretendWorld::kSlow - 1s);
  EXPECT_FALSE(prepared);
  EXPECT_EQ(answer_, "");
  time_.advance(1s);
  EXPECT_TRUE(prepared);
  EXPECT_EQ(answer_, "pretend-r1");
}

TEST_F(PretendBackendTest, ASlowStartCanBeStoppedOrCancelled) {
  world_.faults = {{PretendFault::slow_start, 1.0}};
  call(start("r1"));
  stop(StopMode::graceful);
  time_.advance(PretendWorld::kSlow);
  EXPECT_THAT(answer_, HasSubstr("stopped before it ran"));
  call(start("r2"));
  cancel();
  time_.advance(0s);
  EXPECT_THAT(answer_, HasSubstr("stopped before it ran"));
  EXPECT_THAT(world_.instances(), IsEmpty());
}

TEST_F(PretendBackendTest, AStartCanFailOrLoseItsAnswer) {
  world_.faults = {{PretendFault::failing_start, 1.0}};
  call(start("r1"));
  EXPECT_THAT(answer_, AllOf(HasSubstr("error"), HasSubstr("refused")));
  EXPECT_THAT(world_.instances(), IsEmpty());
  world_.faults = {{PretendFault::lost_answer, 1.0}};
  call(start("r1"));
  EXPECT_THAT(answer_, HasSubstr("error"));
  EXPECT_NE(world_.find("r1"), nullptr);
  call(start("r1"));
  EXPECT_EQ(answer_, "pretend-r1") << "the second call finds it";
}

TEST_F(PretendBackendTest, AListingCanFail) {
  world_.faults = {{PretendFault::failing_list, 0.6}};
  call(list());
  EXPECT_THAT(answer_, HasSubstr("error"));
  random_->next = 0.7;
  call(list());
  EXPECT_EQ(answer_, "listed");
  EXPECT_EQ(world_.happened().at(PretendFault::failing_list), 1);
}

TEST_F(PretendBackendTest, AnInstanceCanVanish) {
  world_.faults = {{PretendFault::vanishing, 1.0}};
  call(start("r1"));
  time_.advance(PretendWorld::kVanishWithin / 2 - 1s);
  EXPECT_NE(world_.find("r1"), nullptr);
  time_.advance(1s);
  EXPECT_EQ(world_.find("r1"), nullptr);
  time_.advance(2h);
  EXPECT_THAT(events, ElementsAre("r1 registered"));
}

TEST_F(PretendBackendTest, AnInstanceCanFailToRegister) {
  world_.faults = {{PretendFault::never_registering, 1.0}};
  call(start("r1"));
  time_.advance(48h);
  EXPECT_THAT(events, IsEmpty());
  stop(StopMode::graceful);
  EXPECT_THAT(events, ElementsAre("r1 exited 0"));
}

TEST_F(PretendBackendTest, AnInstanceCanLingerAfterItsJob) {
  world_.faults = {{PretendFault::lingering, 1.0}};
  call(start("r1"));
  time_.advance(48h);
  EXPECT_EQ(events.back(), "r1 idle");
  call(list());
  EXPECT_TRUE(listed_.at(0).alive);
  EXPECT_EQ(listed_.at(0).activity, Activity::idle);
  stop(StopMode::graceful);
  EXPECT_EQ(events.back(), "r1 exited 0");
}

TEST_F(PretendBackendTest, ADeafInstanceEndsByForceOnly) {
  world_.faults = {{PretendFault::deaf, 1.0}};
  call(start("r1"));
  stop(StopMode::graceful);
  EXPECT_NE(world_.find("r1"), nullptr);
  stop(StopMode::force);
  EXPECT_EQ(events.back(), "r1 exited -");
}

TEST_F(PretendBackendTest, AVersionCanBeRefused) {
  world_.faults = {{PretendFault::version_refused, 1.0}};
  call(start("r1"));
  EXPECT_THAT(events, ElementsAre("r1 version_refused 7"));
  EXPECT_EQ(answer_, "pretend-r1");
}

TEST_F(PretendBackendTest, AProgramCanSayThatItIsTroubled) {
  call(start("r1"));
  world_.find("r1")->troubled("Skipping message Job");
  world_.find("r1")->exit(1, ExitCause::removed);
  time_.advance(0s);
  EXPECT_THAT(events,
              ElementsAre("r1 registered", "r1 troubled Skipping message Job", "r1 removed 1"));
}

TEST_F(PretendBackendTest, ProbeAndTailAnswer) {
  std::string seen;
  auto const ask = [](PretendBackend* backend, std::string* text) -> asio::awaitable<void> {
    Result<std::string> const probed = co_await backend->probe();
    Result<std::string> const tail = co_await backend->tail("r1", 7);
    Result<std::string> const nothing = co_await backend->tail("r2", 7);
    *text = *probed + "|" + *tail + "|" + *nothing;
  };
  call(start("r1"));
  call(ask(backend_.get(), &seen));
  EXPECT_EQ(seen, "a pretend machine|runner\n|");
}

}  // namespace
}  // namespace scaleset::backends
