#include "config/key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "config/keys.hpp"
#include "config/load.hpp"

namespace scaleset::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Value parsed(std::string const& text) { return base::parse_toml(text).value(); }

TEST(Problem, HasItsPlaceIfThereIsOne) {
  EXPECT_EQ(to_string(Problem{{3, 7}, "this is wrong"}, "a.toml"), "a.toml:3:7: this is wrong");
  EXPECT_EQ(to_string(Problem{{}, "cannot be read"}, "a.toml"), "a.toml: cannot be read");
}

TEST(Effect, EachHasAClauseOfItsOwn) {
  std::set<std::string_view> clauses;
  for (Effect const effect :
       {Effect::live, Effect::patch, Effect::new_runners, Effect::restart, Effect::other_set})
    clauses.insert(to_string(effect));
  EXPECT_THAT(clauses, SizeIs(5));
}

TEST(InQuotes, IsATextOfTomlWhateverIsInIt) {
  std::string every;
  for (int code = 0; code < 128; ++code) every += static_cast<char>(code);
  for (std::string const& text :
       {every, std::string(), std::string("größe"), std::string("\\\"\\"), std::string("'''")}) {
    Value const tree = parsed("a = " + in_quotes(text));
    EXPECT_EQ(std::get<std::string>(tree.find("a")->data), text);
  }
  EXPECT_EQ(in_quotes("a\nb"), "\"a\\u000ab\"") << "it stays on one line";
}

TEST(DidYouMean, IsEmptyIfNothingIsNear) {
  EXPECT_EQ(did_you_mean("mian", {"main", "other"}), "; did you mean \"main\"?");
  EXPECT_EQ(did_you_mean("zzz", {"main", "other"}), "");
  EXPECT_EQ(did_you_mean("zzz", {}), "");
}

TEST(ReadTable, TellsEachMistakeAndReadsTheRest) {
  ScheduleConfig schedule;
  Reading reading{"/", {}, {}};
  read_table<ScheduleConfig>(
      "schedule",
      parsed("cron = \"0 8 * * *\"\nzonee = \"UTC\"\nmin_idle = \"x\"\nmin_total = 2\n"), schedule,
      reading);
  EXPECT_EQ(schedule.cron, "0 8 * * *");
  EXPECT_EQ(schedule.min_total, 2);
  EXPECT_EQ(schedule.zone, "UTC") << "the default";
  ASSERT_THAT(reading.problems, SizeIs(3));
  EXPECT_THAT(reading.problems[0].message, HasSubstr("did you mean \"zone\"?"));
  EXPECT_THAT(reading.problems[1].message, HasSubstr("\"min_idle\" must be a whole number"));
  EXPECT_EQ(reading.problems[2].message, "\"for\" is missing in \"schedule\"");
  EXPECT_THAT(reading.unread, ElementsAre(Position{2, 1}, Position{3, 12}))
      << "what is missing is nothing that could not be read";
}

TEST(ReadTable, ARequiredKeyThatIsMisspeltIsNotMissing) {
  ScheduleConfig schedule;
  Reading reading{"/", {}, {}};
  read_table<ScheduleConfig>("schedule", parsed("crom = \"0 8 * * *\"\nfor = \"1h\"\n"), schedule,
                             reading);
  ASSERT_THAT(reading.problems, SizeIs(1));
  EXPECT_THAT(reading.problems[0].message, HasSubstr("did you mean \"cron\"?"));
}

TEST(ReadTable, KeysWithoutAnEntryOfTheirOwnAreNumbersOfABudget) {
  BudgetConfig budget;
  Reading reading{"/", {}, {}};
  read_table<BudgetConfig>("budget.b", parsed("slots = 3\novercommit = 2\n\"my key\" = \"1KiB\"\n"),
                           budget, reading);
  EXPECT_THAT(reading.problems, IsEmpty());
  EXPECT_EQ(budget.overcommit, 2);
  EXPECT_EQ(budget.resources, (Numbers{{"my key", 1024}, {"slots", 3}}));
}

TEST(ListTable, HasEveryKeyWithItsPathAndTheDefaultsHaveNoPlace) {
  Value const tree = parsed("level = \"warn\"\n");
  LogConfig log;
  log.level = LogLevel::warn;
  std::vector<Item> items;
  list_table<LogConfig>(log, &tree, "log", items);
  ASSERT_THAT(items, SizeIs(2));
  EXPECT_EQ(items[0].path + " = " + items[0].text, "log.level = \"warn\"");
  EXPECT_EQ(items[0].at, (Position{1, 9}));
  EXPECT_EQ(items[1].path + " = " + items[1].text, "log.format = \"text\"");
  EXPECT_EQ(items[1].at, Position());
}

TEST(UrlOfRepository, HasOneSlashBetween) {
  for (char const* url :
       {"https://github.com/o", "https://github.com/o/", "https://github.com/o//"})
    EXPECT_EQ(url_of_repository(url, "r"), "https://github.com/o/r") << url;
}

}  // namespace
}  // namespace scaleset::config
