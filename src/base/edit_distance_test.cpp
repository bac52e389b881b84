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
  EXPECT_EQ(edit_distance("cuont", "count"), 2U) << "two letters that changed places";
}

}  // namespace
}  // namespace scaleset::base
