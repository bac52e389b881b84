#include "cli/work_dir.hpp"

#include <string_view>

namespace scaleset::cli {

std::filesystem::path default_work_dir(Environment const& environment) {
  using std::filesystem::path;
  auto const folder = [&environment](char const* name) {
    char const* const value = environment(name);
    std::string_view const text = value == nullptr ? "" : value;
    return text.starts_with('/') ? path(text) : path();
  };
  path const state = folder("STATE_DIRECTORY");
  if (!state.empty()) return path(state.string().substr(0, state.string().find(':'))) / "runners";
  path const xdg = folder("XDG_STATE_HOME");
  if (!xdg.empty()) return xdg / "scaleset/runners";
  path const home = folder("HOME");
  if (!home.empty() && home != "/root") return home / ".local/state/scaleset/runners";
  return "/var/lib/scaleset/runners";
}

}  // namespace scaleset::cli
