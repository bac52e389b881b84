#include "backends/conformance/conformance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

#include "backends/docker/testing/fake_subject.hpp"

/// The suite notices what is wrong: a backend that keeps all rules, with one flaw put in front of
/// it, breaks the rule that is about it.
namespace scaleset::backends::conformance {
namespace {

using Kind = InstanceEvent::Kind;

enum class Flaw : std::uint8_t {
  none,
  refuses_what_runs,
  gives_references_by_count,
  starts_one_too_many,
  says_that_refused_starts_run,
  tells_twice,
  tells_no_idle,
  forgets_exit_codes,
  calls_every_end_normal,
  fails_to_stop_what_is_gone,
  kills_when_asked_to_be_graceful,
  ignores_graceful_stops,
  ignores_all_stops,
  prints_secrets,
  prints_all,
  forgets_registrations,
  is_always_busy,
  says_that_all_is_ours,
  lists_nothing,
  has_always_room,
  works_always,
  prepares_nothing,
};

/// Owns what it stands in front of.
class FlawedBackend : public Backend {
 public:
  FlawedBackend(boost::asio::any_io_executor executor, std::unique_ptr<Backend> inner, Flaw flaw,
                base::OwnerKey owner)
      : executor_(std::move(executor)),
        inner_(std::move(inner)),
        flaw_(flaw),
        owner_(std::move(owner)) {}

  Task<std::string> probe() override {
    auto result = co_await inner_->probe();
    if (flaw_ == Flaw::works_always) co_return std::string("all is well");
    co_return result;
  }
  Task<void> prepare(std::shared_ptr<Template const> what) override {
    bool const begun = std::exchange(prepared_, true);
    if (flaw_ == Flaw::prepares_nothing && begun) co_return Result<void>();
    co_return co_await inner_->prepare(std::move(what));
  }
  Task<std::string> start(InstanceSpec spec) override {
    bool const known = !started_.insert(spec.runner_name).second;
    if (known && flaw_ == Flaw::refuses_what_runs) co_return fail(ErrorCode::backend, "it runs");
    if (flaw_ == Flaw::starts_one_too_many) {
      InstanceSpec one_more = spec;
      one_more.runner_name += "-too-many";
      boost::asio::co_spawn(executor_, inner_->start(std::move(one_more)), boost::asio::detached);
    }
    auto result = co_await inner_->start(std::move(spec));
    if (flaw_ == Flaw::gives_references_by_count) co_return std::to_string(++references_);
    if (!result && flaw_ == Flaw::says_that_refused_starts_run) co_return std::string("it runs");
    co_return result;
  }
  Task<void> stop(std::string runner_name, StopMode mode) override {
    if (flaw_ == Flaw::ignores_all_stops && ++stops_ < kIgnored) co_return Result<void>();
    bool const graceful = mode == StopMode::graceful;
    if (flaw_ == Flaw::ignores_graceful_stops && graceful) co_return Result<void>();
    if (flaw_ == Flaw::fails_to_stop_what_is_gone && !started_.contains(runner_name))
      co_return fail(ErrorCode::backend, "there is none");
    if (flaw_ == Flaw::kills_when_asked_to_be_graceful) mode = StopMode::force;
    co_return co_await inner_->stop(std::move(runner_name), mode);
  }
  Task<std::vector<Instance>> list() override {
    if (flaw_ == Flaw::lists_nothing) co_return std::vector<Instance>();
    auto all = co_await inner_->list();
    if (!all) co_return all;
    for (Instance& one : *all) {
      if (flaw_ == Flaw::forgets_registrations) one.runner.reset();
      if (flaw_ == Flaw::says_that_all_is_ours) one.owner = owner_;
      if (flaw_ == Flaw::is_always_busy) one.activity = Activity::busy;
    }
    co_return all;
  }
  std::optional<int> free_slots() override {
    return flaw_ == Flaw::has_always_room ? std::nullopt : inner_->free_slots();
  }
  Task<std::string> tail(std::string runner_name, std::size_t bytes) override {
    auto text = co_await inner_->tail(std::move(runner_name), bytes);
    if (text && !text->empty() && flaw_ == Flaw::prints_secrets)
      *text = std::string(kSecret) + *text;
    if (text && !text->empty() && flaw_ == Flaw::prints_all) *text += std::string(100, ' ');
    co_return text;
  }
  boost::asio::awaitable<void> detach() override { return inner_->detach(); }

 private:
  static constexpr int kIgnored = 3;
  boost::asio::any_io_executor executor_;
  std::unique_ptr<Backend> inner_;
  Flaw flaw_;
  base::OwnerKey owner_;
  std::set<std::string> started_;
  bool prepared_ = false;
  int references_ = 0;
  int stops_ = 0;
};

class FlawedSubject : public docker::FakeSubject {
 public:
  FlawedSubject(boost::asio::io_context& loop, Flaw flaw) : FakeSubject(loop), flaw_(flaw) {}
  std::unique_ptr<Backend> make(boost::asio::io_context& loop, base::OwnerKey owner,
                                InstanceObserver observer) override {
    auto changed = [observer = std::move(observer), flaw = flaw_](InstanceEvent event) {
      if (flaw == Flaw::tells_no_idle && event.kind == Kind::idle) return;
      if (flaw == Flaw::forgets_exit_codes) event.exit_code.reset();
      if (flaw == Flaw::calls_every_end_normal) event.cause = ExitCause::exited;
      if (flaw == Flaw::tells_twice) observer(event);
      observer(std::move(event));
    };
    auto inner = FakeSubject::make(loop, owner, changed);
    return std::make_unique<FlawedBackend>(loop.get_executor(), std::move(inner), flaw_,
                                           std::move(owner));
  }

 private:
  Flaw flaw_;
};

Verdict check_flawed(std::string_view rule, Flaw flaw) {
  auto const found =
      std::ranges::find_if(rules(), [&](Rule const& one) { return one.name == rule; });
  if (found == rules().end()) throw std::logic_error("there is no such rule");
  return check(*found, [&](auto& loop) { return std::make_unique<FlawedSubject>(loop, flaw); });
}

struct Noticed {
  Flaw flaw;
  std::string_view rule;
};
std::ostream& operator<<(std::ostream& out, Noticed const& one) { return out << one.rule; }

class Notices : public ::testing::TestWithParam<Noticed> {};
TEST_P(Notices, AFlaw) {
  EXPECT_NE(check_flawed(GetParam().rule, GetParam().flaw).broken, "");
  EXPECT_EQ(check_flawed(GetParam().rule, Flaw::none).broken, "");
}
INSTANTIATE_TEST_SUITE_P(
    Rule, Notices,
    ::testing::Values(
        Noticed{Flaw::refuses_what_runs, "AStartIsIdempotentByName"},
        Noticed{Flaw::gives_references_by_count, "AStartIsIdempotentByName"},
        Noticed{Flaw::gives_references_by_count, "TwoStartsAtOnceMakeOneInstance"},
        Noticed{Flaw::starts_one_too_many, "ACancelledStartLeavesNothing"},
        Noticed{Flaw::says_that_refused_starts_run, "AStartThatIsRefusedLeavesNothing"},
        Noticed{Flaw::says_that_refused_starts_run, "ALostAnswerLeavesOneAtMost"},
        Noticed{Flaw::says_that_refused_starts_run, "ANameThatOthersHaveIsRefused"},
        Noticed{Flaw::lists_nothing, "ManyStartAtOnce"},
        Noticed{Flaw::tells_twice, "TheWholeLifeIsToldOnce"},
        Noticed{Flaw::tells_no_idle, "TheWholeLifeIsToldOnce"},
        Noticed{Flaw::tells_twice, "AStopIsIdempotent"},
        Noticed{Flaw::fails_to_stop_what_is_gone, "AStopIsIdempotent"},
        Noticed{Flaw::kills_when_asked_to_be_graceful, "AGracefulStopLetsItEnd"},
        Noticed{Flaw::kills_when_asked_to_be_graceful, "WhatDoesNotEndWhenAskedIsKilled"},
        Noticed{Flaw::ignores_graceful_stops, "WhatDoesNotEndWhenAskedIsKilled"},
        Noticed{Flaw::forgets_exit_codes, "AnExitCodeIsTold"},
        Noticed{Flaw::calls_every_end_normal, "ASignalIsTold"},
        Noticed{Flaw::calls_every_end_normal, "ARefusedVersionIsTold"},
        Noticed{Flaw::calls_every_end_normal, "ALackOfMemoryIsTold"},
        Noticed{Flaw::calls_every_end_normal, "ARemovalByOthersIsTold"},
        Noticed{Flaw::prints_secrets, "TheTailIsTheEndWithoutSecrets"},
        Noticed{Flaw::prints_all, "TheTailIsTheEndWithoutSecrets"},
        Noticed{Flaw::forgets_registrations, "AListSaysWhoseItIsAndWhatItDoes"},
        Noticed{Flaw::is_always_busy, "AListSaysWhoseItIsAndWhatItDoes"},
        Noticed{Flaw::says_that_all_is_ours, "WhatIsOfOthersIsLeftAlone"},
        Noticed{Flaw::lists_nothing, "WhatRunsIsAdopted"},
        Noticed{Flaw::forgets_registrations, "WhatRunsIsAdopted"},
        Noticed{Flaw::lists_nothing, "WhatWasSaidMeanwhileIsToldLater"},
        Noticed{Flaw::tells_twice, "AnEndMeanwhileIsToldLater"},
        Noticed{Flaw::lists_nothing, "ADetachedBackendSaysNothingMore"},
        Noticed{Flaw::tells_twice, "AKilledDaemonLeavesNothingHalfDone"},
        Noticed{Flaw::lists_nothing, "AListThatHangsEnds"},
        Noticed{Flaw::lists_nothing, "ACallCanBeCancelled"},
        Noticed{Flaw::prepares_nothing, "APreparationIsShared"},
        Noticed{Flaw::prepares_nothing, "APreparationMayBeLong"},
        Noticed{Flaw::prepares_nothing, "ACancelledPreparationGoesOnForOthers"},
        Noticed{Flaw::works_always, "ItSaysWhetherItWorks"},
        Noticed{Flaw::has_always_room, "AnEngineThatIsAwayHasNoRoom"},
        Noticed{Flaw::tells_twice, "WhatOutlivesItsEngineIsWatchedAgain"}));

TEST(Check, SaysWhyARuleCannotHold) {
  struct Excepted : docker::FakeSubject {
    using FakeSubject::FakeSubject;
    [[nodiscard]] std::map<std::string, std::string> exceptions() const override {
      return {{"AStartIsIdempotentByName", "no names"}};
    }
  };
  auto const maker = [](auto& loop) { return std::make_unique<Excepted>(loop); };
  EXPECT_EQ(check(rules().front(), maker).exception, "no names");
}

TEST(Check, ABackendThatCannotBeMadeBreaksEveryRule) {
  struct None : docker::FakeSubject {
    using FakeSubject::FakeSubject;
    std::unique_ptr<Backend> make(boost::asio::io_context&, base::OwnerKey,
                                  InstanceObserver) override {
      return nullptr;
    }
  };
  auto const maker = [](auto& loop) { return std::make_unique<None>(loop); };
  EXPECT_EQ(check(rules().front(), maker).broken, "the backend cannot be made");
}

TEST(Rules, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (Rule const& rule : rules()) names.insert(rule.name);
  EXPECT_EQ(names.size(), rules().size());
}

TEST(TellByPipe, NeedsSomebodyWhoReads) {
  EXPECT_FALSE(tell_by_pipe("/nowhere", "r1", JobStep::begin));
}

}  // namespace
}  // namespace scaleset::backends::conformance
