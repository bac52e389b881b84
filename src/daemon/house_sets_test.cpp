#include "daemon/house_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

SetSettings settings(std::string const& name) {
  SetSettings made;
  made.url = "https://github.com/o";
  made.name = name;
  return made;
}

base::OwnerKey owner(std::string const& name) { return owner_of(settings(name)).value(); }

TEST(SetsByOwner, AScaleSetThatIsThereTwiceIsServedOnce) {
  auto second = settings("A");
  second.url = "https://github.com/O/";
  auto const sorted = by_owner({settings("a"), second});
  EXPECT_THAT(sorted.sets, SizeIs(1));
  ASSERT_THAT(sorted.problems, SizeIs(1));
  EXPECT_EQ(sorted.problems[0].message,
            "the scale set \"A\" of https://github.com/O/ is there twice; it is served once");
}

TEST(SetsByOwner, ABadUrlIsAProblemOfItsOwn) {
  auto bad = settings("a");
  bad.url = "none";
  auto const sorted = by_owner({bad, settings("b")});
  EXPECT_THAT(sorted.sets, SizeIs(1));
  EXPECT_THAT(sorted.problems, SizeIs(1));
}

TEST(SetsDiff, TellsWhatIsNewWhatHasChangedAndWhatIsGone) {
  auto const same = settings("same");
  auto const before = settings("changed");
  auto const gone = settings("gone");
  auto after = before;
  after.fleet.max_runners = 3;
  auto const wanted = by_owner({same, after, settings("new")});
  auto const diff = difference_of(
      {{owner("same"), &same}, {owner("changed"), &before}, {owner("gone"), &gone}}, wanted.sets);
  EXPECT_THAT(diff.added, ElementsAre(owner("new")));
  EXPECT_THAT(diff.gone, ElementsAre(owner("gone")));
  ASSERT_THAT(diff.changed, SizeIs(1));
  EXPECT_EQ(diff.changed[0].first, owner("changed"));
  EXPECT_TRUE(diff.changed[0].second.limits);
}

TEST(SetChange, NothingIsDoneForWhatIsTheSame) {
  auto one = settings("a");
  auto other = settings("a");
  other.what = std::make_shared<backends::Template const>();
  other.access = one.access;
  EXPECT_FALSE(change_between(one, other).any()) << "another object with the same content";
}

TEST(SetChange, EachValueHasItsEffect) {
  auto const one = settings("a");
  auto const change_of = [&one](auto set) {
    auto other = one;
    set(other);
    auto const change = change_between(one, other);
    std::string text;
    for (auto const& [is, word] : {std::pair(change.limits, "limits "),
                                   {change.runners, "runners "},
                                   {change.labels, "labels "},
                                   {change.anew, "anew "}})
      if (is) text += word;
    return text;
  };
  EXPECT_EQ(change_of([](SetSettings& set) { set.fleet.min_idle = 1; }), "limits ");
  EXPECT_EQ(change_of([](SetSettings& set) { set.fleet.stop_grace = std::chrono::hours(1); }),
            "limits anew ");
  EXPECT_EQ(change_of([](SetSettings& set) { set.budget.weight = 2; }), "limits ");
  EXPECT_EQ(change_of([](SetSettings& set) { set.work_folder = "w"; }), "runners ");
  EXPECT_EQ(change_of([](SetSettings& set) {
              backends::Template what;
              what.environment["A"] = "b";
              set.what = std::make_shared<backends::Template const>(what);
            }),
            "runners ");
  EXPECT_EQ(change_of([](SetSettings& set) { set.labels = {"x"}; }), "labels ");
  EXPECT_EQ(change_of([](SetSettings& set) { set.adopt = true; }), "labels ");
  EXPECT_EQ(change_of([](SetSettings& set) { set.name = "A"; }), "anew ");
  EXPECT_EQ(change_of([](SetSettings& set) {
              Access access;
              access.identity = "x";
              set.access = std::make_shared<Access const>(access);
            }),
            "anew ");
}

}  // namespace
}  // namespace scaleset::daemon
