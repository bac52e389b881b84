#include "backends/process/releases.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "backends/process/runner_folder.hpp"
#include "base/resource_limit.hpp"
#include "base/whole_number.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;
constexpr char const* kProgram = "bin/Runner.Listener";

/// The version of exactly this text.
std::optional<ReleaseVersion> read_version(std::string_view text) {
  ReleaseVersion version{};
  for (std::size_t part = 0; part < version.size(); ++part) {
    bool const last = part + 1 == version.size();
    auto const end = last ? text.size() : text.find('.');
    if (end == text.npos) return std::nullopt;
    auto const number = base::whole_number<int>(text.substr(0, end));
    if (!number) return std::nullopt;
    version[part] = *number;
    text.remove_prefix(last ? end : end + 1);
  }
  return version;
}

}  // namespace

std::optional<ReleaseVersion> release_version(std::string_view name) {
  constexpr std::string_view digits = "0123456789";
  constexpr std::string_view of_version = "0123456789.";
  auto const last = name.find_last_of(digits);
  if (last == name.npos) return std::nullopt;
  name = name.substr(0, last + 1);
  auto const before = name.find_last_not_of(of_version);
  return read_version(before == name.npos ? name : name.substr(before + 1));
}

std::vector<fs::path> releases_in(fs::path const& folder) {
  std::error_code error;
  if (fs::exists(folder / kProgram, error)) return {};
  std::vector<std::pair<ReleaseVersion, fs::path>> found;
  auto entry = fs::directory_iterator(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    auto const version = release_version(entry->path().filename().native());
    std::error_code unknown;
    if (version && entry->is_directory(unknown)) found.emplace_back(*version, entry->path());
  }
  std::ranges::sort(found, std::greater<>());
  std::vector<fs::path> releases;
  releases.reserve(found.size());
  for (auto& [version, path] : found) releases.push_back(std::move(path));
  return releases;
}

Result<void> check_release(fs::path const& release) {
  for (char const* const name : {"run.sh", kProgram}) {
    fs::path const path = release / name;
    std::error_code error;
    bool const there = fs::is_regular_file(path, error);
    if (there && access(path.c_str(), X_OK) == 0) continue;
    if (there) error = std::error_code(errno, std::generic_category());
    std::string const advice = permission_advice(release, error);
    if (!advice.empty())
      return fail(ErrorCode::invalid_options,
                  "cannot run " + path.string() + ": " + base::system_error_text(error) + advice);
    return fail(ErrorCode::invalid_options,
                "no runner in " + release.string() + ": " + path.string() +
                    " is not an executable file; unpack an actions/runner release there, see "
                    "https://github.com/actions/runner/releases");
  }
  return {};
}

Result<fs::path> find_release(fs::path const& source) {
  auto const releases = releases_in(source);
  Result<void> newest;
  for (fs::path const& release : releases) {
    Result<void> const usable = check_release(release);
    if (usable) return release;
    if (newest) newest = usable;  // what a person would want to be mended
  }
  if (releases.empty()) newest = check_release(source);
  if (!newest) return std::unexpected(newest.error());
  return source;
}

}  // namespace scaleset::backends
