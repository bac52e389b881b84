#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "backends/conformance/conformance.hpp"

/// The rules as tests of GoogleTest: one for each.
namespace scaleset::backends::conformance {

inline std::ostream& operator<<(std::ostream& out, Rule const& rule) { return out << rule.name; }

struct RuleName {
  std::string operator()(::testing::TestParamInfo<Rule> const& info) const {
    return std::string(info.param.name);
  }
};

inline void run_rule(Rule const& rule, SubjectMaker const& maker) {
  Verdict const verdict = check(rule, maker);
  if (!verdict.exception.empty()) GTEST_SKIP() << verdict.exception;
  EXPECT_EQ(verdict.broken, "");
}

}  // namespace scaleset::backends::conformance
