#include "cli/work_dir.hpp"

#include <algorithm>
#include <string_view>

namespace scaleset::cli {
namespace {

/// Of a list that is separated by colons, as systemd sets it.
std::filesystem::path first_absolute(char const* list) {
  std::string_view rest = list == nullptr ? "" : list;
  while (!rest.empty()) {
    std::string_view const folder = rest.substr(0, rest.find(':'));
    if (folder.starts_with('/')) return folder;
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
  }
  return {};
}

}  // namespace

std::filesystem::path default_work_dir(Environment const& environment) {
  using std::filesystem::path;
  auto const folder = [&environment](char const* name) {
    char const* const value = environment(name);
    std::string_view const text = value == nullptr ? "" : value;
    return text.starts_with('/') ? path(text) : path();
  };
  path const state = first_absolute(environment("STATE_DIRECTORY"));
  if (!state.empty()) return state / "runners";
  path const xdg = folder("XDG_STATE_HOME");
  if (!xdg.empty()) return xdg / "scaleset/runners";
  path const home = folder("HOME");
  if (!home.empty() && home != "/root") return home / ".local/state/scaleset/runners";
  return "/var/lib/scaleset/runners";
}

}  // namespace scaleset::cli
