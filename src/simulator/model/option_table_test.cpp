#include "simulator/model/option_table.hpp"

#include <gtest/gtest.h>

#include <set>

namespace scaleset::simulator {
namespace {

TEST(OptionTable, HasEveryTimeOnce) {
  // Every one gets another value; a field that no row names would keep its default.
  ModelOptions options;
  std::chrono::milliseconds next{1};
  std::set<std::string_view> names;
  for (TimeOption const& option : time_options()) {
    options.*option.field = next++;
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_FALSE(option.help.empty());
  }
  std::set<std::chrono::milliseconds> values;
  for (TimeOption const& option : time_options()) values.insert(options.*option.field);
  EXPECT_EQ(values.size(), time_options().size()) << "two rows name the same field";
  constexpr std::size_t kTimesInModelOptions = 17;
  EXPECT_EQ(time_options().size(), kTimesInModelOptions);
}

TEST(OptionTable, TellsWhatWasChosen) {
  ModelOptions options;
  options.hold_time = std::chrono::milliseconds(1500);
  options.count_provisioned = true;
  options.extra_groups = {"Big"};
  boost::json::object const told = options_json(options);
  EXPECT_EQ(told.at("hold-time").as_double(), 1.5);
  EXPECT_EQ(told.at("session-ttl").as_double(), 90);
  EXPECT_TRUE(told.at("count-provisioned").as_bool());
  EXPECT_EQ(told.at("groups").as_array().size(), 1U);
}

}  // namespace
}  // namespace scaleset::simulator
