#include "backends/process/descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/resource_limit.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::backends {
namespace {

constexpr std::int64_t kPerInstance = 2;  // its end and its output
// For what only a start or a removal opens, and for whatever else this process does.
constexpr std::int64_t kReserve = 64;
constexpr std::int64_t kPlenty = 1000;

}  // namespace

std::optional<int> room_for_instances() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  base::UniqueFd const next(open("/", O_PATH | O_CLOEXEC));
  if (!next.valid()) return 0;
  auto const soft = static_cast<std::int64_t>(limit.rlim_cur);
  std::int64_t const room = (soft - next.get() - kReserve) / kPerInstance;
  if (room >= kPlenty) return std::nullopt;
  return static_cast<int>(std::max<std::int64_t>(room, 0));
}

Result<void> check_descriptors() {
  int const error = base::descriptors_exhausted();
  if (error == 0) return {};
  return fail(ErrorCode::backend, std::string(base::advice_for_limit(error)));
}

}  // namespace scaleset::backends
