#include "backends/conformance/testing/suite.hpp"
#include "backends/pretend/testing/pretend_subject.hpp"

namespace scaleset::backends {
namespace {

class PretendConformance : public ::testing::TestWithParam<conformance::Rule> {};
TEST_P(PretendConformance, Holds) {
  run_rule(GetParam(), [](auto& loop) { return std::make_unique<PretendSubject>(loop); });
}
INSTANTIATE_TEST_SUITE_P(Rule, PretendConformance, ::testing::ValuesIn(conformance::rules()),
                         conformance::RuleName());

}  // namespace
}  // namespace scaleset::backends
