#include "backends/process/descriptors.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <optional>
#include <vector>

#include "base/testing/no_descriptors.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::backends {
namespace {

using ::testing::HasSubstr;

/// Changes the soft limit of open files as long as it lives.
class SoftLimit {
 public:
  explicit SoftLimit(rlim_t soft) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit changed = before_;
    changed.rlim_cur = soft;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &changed), 0);
  }
  SoftLimit(SoftLimit const&) = delete;
  SoftLimit& operator=(SoftLimit const&) = delete;
  ~SoftLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

base::UniqueFd any_descriptor() { return base::UniqueFd(open("/", O_PATH | O_CLOEXEC)); }

TEST(RoomForInstances, IsNotKnownWhileThereIsPlenty) {
  SoftLimit const limit(4000);
  EXPECT_EQ(room_for_instances(), std::nullopt);
}

TEST(RoomForInstances, ShrinksByOneForTwoDescriptors) {
  base::UniqueFd const next = any_descriptor();
  auto const used = static_cast<rlim_t>(next.get()) + 1;
  SoftLimit const limit(used + 64 + 6);
  EXPECT_EQ(room_for_instances(), 3);
  base::UniqueFd const first = any_descriptor();
  base::UniqueFd const second = any_descriptor();
  EXPECT_EQ(room_for_instances(), 2);
  std::vector<base::UniqueFd> more(10);
  for (base::UniqueFd& one : more) one = any_descriptor();
  EXPECT_EQ(room_for_instances(), 0);
}

TEST(RoomForInstances, IsNoneWithoutDescriptors) {
  EXPECT_TRUE(check_descriptors());
  std::optional<int> room;
  Result<void> checked;
  {
    // Nothing is expected in here: a sanitizer opens descriptors to look at an object's type.
    base::NoDescriptors const none;
    room = room_for_instances();
    checked = check_descriptors();
  }
  EXPECT_EQ(room, 0);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::backend);
  EXPECT_THAT(checked.error().message, HasSubstr("ulimit -n"));
}

}  // namespace
}  // namespace scaleset::backends
