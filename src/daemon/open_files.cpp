#include "daemon/open_files.hpp"

#include <algorithm>

namespace scaleset::daemon {
namespace {

// Measured: the process itself, the connection and the lock of a scale set, the output and the end
// of a runner, and for short times what a start needs (backends/process/descriptors.cpp).
constexpr std::uint64_t kAlways = 48;
constexpr std::uint64_t kForStarts = 64;
constexpr std::uint64_t kPerScaleSet = 2;
constexpr std::uint64_t kPerRunner = 2;

}  // namespace

std::string open_files_warning(std::uint64_t limit, HouseConfig const& config) {
  std::uint64_t runners = 0;
  for (SetSettings const& set : config.sets)
    runners += static_cast<std::uint64_t>(std::max(0, set.fleet.max_runners));
  std::uint64_t const scale_sets = config.sets.size();
  std::uint64_t const needed =
      kAlways + kForStarts + kPerScaleSet * scale_sets + kPerRunner * runners;
  if (needed <= limit) return "";
  return "this process may have " + std::to_string(limit) + " open files, and needs about " +
         std::to_string(needed) + " for the " + std::to_string(runners) +
         " runners that are configured at most: some will wait, or none will start; raise the "
         "limit "
         "(ulimit -n, or LimitNOFILE= of its service)";
}

}  // namespace scaleset::daemon
