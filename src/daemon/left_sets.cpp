#include "daemon/left_sets.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace scaleset::daemon {
namespace {

/// "https://host/organization" of the URL of an owner, which is the same for its repositories.
std::string_view organization_of(std::string_view url) {
  auto const host = url.find("://");
  if (host == std::string_view::npos) return url;
  auto const path = url.find('/', host + 3);
  if (path == std::string_view::npos) return url;
  return url.substr(0, url.find('/', path + 1));
}

/// Null: there is none.
SetSettings const* one_with_credentials_for(base::OwnerKey const& owner,
                                            SetsByOwner const& configured) {
  SetSettings const* of_organization = nullptr;
  for (auto const& [other, settings] : configured) {
    if (other.url == owner.url) return &settings;
    if (organization_of(other.url) == organization_of(owner.url)) of_organization = &settings;
  }
  return of_organization;
}

/// The opposite of what owner_of() does.
void set_group(SetSettings& settings, std::string const& group) {
  constexpr std::string_view kById = " id ";
  settings.group = group;
  settings.group_id = RunnerGroupId{0};
  if (!group.starts_with(kById)) return;
  std::string_view const number = std::string_view(group).substr(kById.size());
  std::from_chars(number.data(), number.data() + number.size(), settings.group_id.value);
}

std::filesystem::path work_folder_of(base::OwnerKey const& owner, SetSettings const* likely,
                                     SetsByOwner const& configured, HouseConfig const& config,
                                     IsFolder const& is_folder, RunningFolders const& running) {
  auto const usual = config.state_dir / "runners";
  std::vector<std::filesystem::path> folders;
  folders.reserve(configured.size() + 2);
  if (likely != nullptr) folders.push_back(likely->work_dir);
  folders.push_back(usual);
  for (auto const& [other, settings] : configured) folders.push_back(settings.work_dir);
  auto const has_it = [&](auto const& folder) { return is_folder(folder / owner.hash()); };
  if (auto const found = std::ranges::find_if(folders, has_it); found != folders.end())
    return *found;
  // A template of its own, which the configuration does not have any more, may have named it.
  auto const folders_of_runners = running();
  for (std::filesystem::path const runner : folders_of_runners)
    if (runner.parent_path().filename() == owner.hash()) return runner.parent_path().parent_path();
  return folders.front();
}

SetSettings settings_for(base::OwnerKey const& owner, SetSettings const* likely) {
  SetSettings settings;
  if (likely != nullptr) {
    settings.access = likely->access;
    // It is not known which budget it had. What its runners use must not be given to others.
    settings.budget = likely->budget;
    settings.budget.reserve = 0;
    settings.what = likely->what;
    settings.list_interval = likely->list_interval;
  }
  settings.url = owner.url;
  settings.name = owner.name;
  set_group(settings, owner.group);
  return settings;
}

}  // namespace

SetsByOwner left_sets(std::vector<base::OwnerKey> const& owners, HouseConfig const& config,
                      IsFolder const& is_folder, RunningFolders const& running) {
  SetsByOwner const configured = by_owner(config.sets).sets;
  SetsByOwner left;
  for (base::OwnerKey const& owner : owners) {
    if (configured.contains(owner)) continue;
    SetSettings const* const likely = one_with_credentials_for(owner, configured);
    SetSettings settings = settings_for(owner, likely);
    settings.work_dir = work_folder_of(owner, likely, configured, config, is_folder, running);
    left.emplace(owner, std::move(settings));
  }
  return left;
}

}  // namespace scaleset::daemon
