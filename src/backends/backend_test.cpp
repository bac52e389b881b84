#include "backends/backend.hpp"

#include <gtest/gtest.h>

#include <set>

namespace scaleset::backends {
namespace {

TEST(ExitCause, EachHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int cause = 0; cause <= static_cast<int>(ExitCause::unknown); ++cause)
    names.insert(to_string(static_cast<ExitCause>(cause)));
  EXPECT_EQ(names, (std::set<std::string_view>{"exited", "signalled", "out_of_memory", "evicted",
                                               "image", "engine", "version_refused", "removed",
                                               "lost", "unknown"}));
}

}  // namespace
}  // namespace scaleset::backends
