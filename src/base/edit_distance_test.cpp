#include "base/edit_distance.hpp"

#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

TEST(EditDistance, CountsInsertedRemovedAndReplacedBytes) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("same", "same"), 0U);
  EXPECT_EQ(edit_distance("", "four"), 4U);
  EXPECT_EQ(edit_distance("four", ""), 4U);
  EXPECT_EQ(edit_distance("label", "labels"), 1U);
  EXPECT_EQ(edit_distance("delete", "delet"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, TwoLettersThatChangedPlacesAreOneMistake) {
  EXPECT_EQ(edit_distance("cuont", "count"), 1U);
  EXPECT_EQ(edit_distance("mian", "main"), 1U);
  EXPECT_EQ(edit_distance("ba", "ab"), 1U);
  EXPECT_EQ(edit_distance("cba", "abc"), 2U) << "they were no neighbours";
  EXPECT_EQ(edit_distance("ca", "abc"), 3U) << "what was exchanged is not changed again";
}

}  // namespace
}  // namespace scaleset::base
