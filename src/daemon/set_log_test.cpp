#include "daemon/set_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

base::OwnerKey key(std::string const& url, std::string const& group) {
  return base::OwnerKey::make(url, group, "linux").value();
}

TEST(SetLog, EachLineSaysWhichScaleSetItIsAbout) {
  auto const lines = std::make_shared<testing::RecordingLogSink>();
  base::Logger const log(log_of_set(lines, key("https://github.com/my-org", "default")), "fleet");
  log.info("starting runners", {{"count", 2}});
  log.warn("nothing else");
  EXPECT_THAT(lines->lines(), ElementsAre(HasSubstr("starting runners count=2 set=my-org/linux"),
                                          HasSubstr("nothing else set=my-org/linux")));
}

TEST(SetLog, WithoutALogThereIsNone) {
  EXPECT_EQ(log_of_set(nullptr, key("https://github.com/my-org", "default")), nullptr);
}

}  // namespace
}  // namespace scaleset::daemon
