#include "backends/conformance/testing/suite.hpp"
#include "backends/docker/testing/fake_subject.hpp"

namespace scaleset::backends::docker {
namespace {

class DockerConformance : public ::testing::TestWithParam<conformance::Rule> {};
TEST_P(DockerConformance, Holds) {
  conformance::run_rule(GetParam(), [](auto& loop) { return std::make_unique<FakeSubject>(loop); });
}
INSTANTIATE_TEST_SUITE_P(Rule, DockerConformance, ::testing::ValuesIn(conformance::rules()),
                         conformance::RuleName());

}  // namespace
}  // namespace scaleset::backends::docker
