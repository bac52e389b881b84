#include "simulator/front/parts/fields.hpp"

#include <gtest/gtest.h>

#include <array>

namespace scaleset::simulator {
namespace {

constexpr std::array<std::string_view, 3> kKnown{"labels", "count", "durationMilliseconds"};

std::string problem_of(std::string_view text) {
  Fields fields(text);
  fields.expect_only(kKnown);
  return fields.problem();
}

TEST(Fields, AnUnknownFieldIsNamedWithTheNearestKnownOne) {
  EXPECT_EQ(problem_of(R"({"label":1})"),
            "label: is not a field of this; the nearest is \"labels\"");
  EXPECT_EQ(problem_of(R"({"DURATIONMILLIS":1})"),
            "DURATIONMILLIS: is not a field of this; the nearest is \"durationMilliseconds\"");
  EXPECT_EQ(problem_of(R"({"cuont":1})"),
            "cuont: is not a field of this; the nearest is \"count\"");
  EXPECT_EQ(problem_of(R"({"LABELS":1,"Count":2})"), "");
}

}  // namespace
}  // namespace scaleset::simulator
