#include "daemon/house_config.hpp"

#include <algorithm>
#include <utility>

#include "base/url.hpp"

namespace scaleset::daemon {
namespace {

using Paths = std::vector<std::filesystem::path>;

Paths each_once(Paths files) {
  std::ranges::sort(files);
  auto const repeated = std::ranges::unique(files);
  files.erase(repeated.begin(), repeated.end());
  return files;
}

}  // namespace

backends::ProcessOptions process_options(SetSettings const& settings, base::OwnerKey const& owner,
                                         std::vector<std::string> runners) {
  backends::ProcessOptions options;
  options.owner = owner;
  // One folder per scale set, so that daemons of other scale sets can use the same root.
  options.work_root = settings.work_dir / owner.hash();
  // Earlier versions named it after the scale set alone.
  options.old_work_root = settings.work_dir / base::encode_path_segment(settings.name);
  options.old_runners = std::move(runners);
  options.stop_grace = settings.fleet.stop_grace;
  return options;
}

Paths secret_files_of(HouseConfig const& config) {
  Paths files;
  for (SetSettings const& set : config.sets) {
    if (!set.access) continue;
    files.insert(files.end(), set.access->files.begin(), set.access->files.end());
  }
  return each_once(std::move(files));
}

Paths certificate_files_of(HouseConfig const& config) {
  Paths files;
  for (SetSettings const& set : config.sets) {
    if (set.access && !set.access->transport.ca_bundle_file.empty())
      files.emplace_back(set.access->transport.ca_bundle_file);
  }
  return each_once(std::move(files));
}

}  // namespace scaleset::daemon
