#include "cli/work_dir.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string_view>

namespace scaleset::cli {
namespace {

constexpr char const* kForAll = "/var/lib/scaleset/runners";

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
  return kForAll;
}

std::string default_work_dir_warning(Environment const& environment, unsigned int user_id) {
  char const* const home = environment("HOME");
  bool const has_home = home != nullptr && *home == '/';
  if (user_id == 0 || has_home || default_work_dir(environment) != kForAll) return "";
  return std::string("HOME is not set, so the runners' folders are below ") + kForAll +
         "; give --work-dir to have them elsewhere";
}

std::string open_folder_warning(std::filesystem::path const& folder) {
  struct stat about{};
  if (::stat(folder.c_str(), &about) != 0 || (about.st_mode & S_IWOTH) == 0) return "";
  return "every user of this machine may write to " + folder.string() +
         ", and so change what runners start; run: chmod o-w " + folder.string();
}

std::string root_warning(unsigned int user_id) {
  if (user_id != 0) return "";
  return "jobs run as root, because this program does, and may change anything on this machine; "
         "start it as a user of its own";
}

}  // namespace scaleset::cli
