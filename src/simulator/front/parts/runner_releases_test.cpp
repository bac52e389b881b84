#include "simulator/front/parts/runner_releases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace scaleset::simulator {
namespace {

using ::testing::HasSubstr;

std::string problem_after(RunnerReleases& releases, std::string_view text) {
  Fields fields(text);
  releases.change(fields);
  return fields.problem();
}

TEST(RunnerReleases, RefuseNobodyUntilThereIsAMinimum) {
  RunnerReleases releases;
  EXPECT_FALSE(releases.is_too_old("2.0.0"));
  EXPECT_EQ(problem_after(releases, R"({"minimum":"2.329.0"})"), "");
  EXPECT_TRUE(releases.is_too_old("2.328.9"));
  EXPECT_TRUE(releases.is_too_old("1.999.999"));
  EXPECT_FALSE(releases.is_too_old("2.329.0"));
  EXPECT_FALSE(releases.is_too_old("2.1000.0"));
  EXPECT_FALSE(releases.is_too_old("")) << "it did not say its version";
  EXPECT_FALSE(releases.is_too_old("2.328"));
  EXPECT_EQ(problem_after(releases, R"({"minimum":""})"), "");
  EXPECT_FALSE(releases.is_too_old("2.0.0"));
}

TEST(RunnerReleases, KnowThoseThatWereSeen) {
  RunnerReleases const releases;
  EXPECT_EQ(releases.newest().version, "2.338.0");
  EXPECT_TRUE(releases.find("2.336.0")->runtime_ends);
  EXPECT_FALSE(releases.find("2.337.0")->runtime_ends);
  EXPECT_EQ(releases.find("9.9.9"), nullptr);
}

TEST(RunnerReleases, AreAddedAndChanged) {
  RunnerReleases releases;
  EXPECT_EQ(problem_after(releases, R"({"releases":[{"version":"2.339.0"},{"version":"2.338.0",)"
                                    R"("registrationEndsAt":"2026-12-01T00:00:00Z"}]})"),
            "");
  EXPECT_EQ(releases.newest().version, "2.339.0");
  EXPECT_TRUE(releases.find("2.338.0")->registration_ends);
  RunnerReleases again;
  EXPECT_EQ(problem_after(again, boost::json::serialize(releases.view())), "");
  EXPECT_EQ(again.view(), releases.view());
}

TEST(RunnerReleases, ABadChangeIsNamedAndChangesNothing) {
  RunnerReleases releases;
  boost::json::object const before = releases.view();
  EXPECT_THAT(problem_after(releases, R"({"minimum":"new"})"), HasSubstr("minimum: must be three"));
  EXPECT_THAT(problem_after(releases, R"({"minimum":"2.1.0","releases":[{"version":"x"}]})"),
              HasSubstr("releases: version"));
  EXPECT_THAT(problem_after(releases, R"({"releases":[{"version":"2.1.0","runtimeEndsAt":"x"}]})"),
              HasSubstr("must be a time"));
  EXPECT_THAT(problem_after(releases, R"({"releases":[1]})"), HasSubstr("must be an object"));
  EXPECT_THAT(problem_after(releases, R"({"minimun":"2.1.0"})"), HasSubstr("minimun"));
  EXPECT_EQ(releases.view(), before);
}

}  // namespace
}  // namespace scaleset::simulator
