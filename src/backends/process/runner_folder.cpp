#include "backends/process/runner_folder.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "base/ascii.hpp"
#include "base/resource_limit.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;

bool is_name_character(char c) { return base::is_ascii_word(c) || c == '-' || c == '.'; }

/// The large folders of a release, whose files are hard links (ADR 13).
bool is_linked_tree(std::string_view top) { return top == "bin" || top == "externals"; }

Result<void> failed(std::string_view what, fs::path const& path, std::error_code reason) {
  return fail(ErrorCode::backend, "cannot " + std::string(what) + " " + path.string() + ": " +
                                      base::system_error_text(reason));
}

/// Of a part of the release.
Result<void> unreadable(fs::path const& path, fs::path const& runner_dir, std::error_code reason) {
  Result<void> error = failed("read", path, reason);
  error.error().message += permission_advice(runner_dir, reason);
  return error;
}

Result<void> place_file(fs::path const& from, fs::path const& to, Placement placement) {
  std::error_code error;
  if (placement == Placement::link) {
    // A hard link cannot be made to another file system, to a file of another user
    // (fs.protected_hardlinks), or on a file system that has none. Then the file is copied.
    fs::create_hard_link(from, to, error);
    if (!error) return {};
  }
  fs::copy_file(from, to, error);
  return error ? failed("copy", from, error) : Result<void>();
}

Result<void> place_entry(fs::path const& from, fs::path const& to, fs::path const& relative) {
  std::error_code error;
  // After a self-update `bin` may be a link to bin.VERSION, which is left out, so the folder that
  // it leads to is placed instead.
  bool const keep_link = !is_linked_tree(relative.native());
  fs::file_status const status =
      keep_link ? fs::symlink_status(from, error) : fs::status(from, error);
  if (error) return failed("read", from, error);
  switch (status.type()) {
    case fs::file_type::symlink: fs::copy_symlink(from, to, error); break;
    case fs::file_type::directory: fs::create_directory(to, error); break;
    case fs::file_type::regular: return place_file(from, to, placement_of(relative));
    default: return {};  // sockets and pipes are not part of a release
  }
  return error ? failed("create", to, error) : Result<void>();
}

}  // namespace

Result<void> lay_out_runner(fs::path const& runner_dir, fs::path const& folder) {
  std::error_code error;
  if (!fs::create_directory(folder, error)) {
    if (!error) error = std::make_error_code(std::errc::file_exists);
    return failed("create", folder, error);
  }
  // The runner writes its key into this folder, into a file that everybody may read.
  fs::permissions(folder, fs::perms::owner_all, error);
  std::vector<fs::path> pending = {fs::path()};  // folders, relative to runner_dir
  while (!pending.empty()) {
    fs::path const relative = pending.back();
    pending.pop_back();
    fs::directory_iterator entries(runner_dir / relative, error);
    if (error) return unreadable(runner_dir / relative, runner_dir, error);
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
      fs::path const child = relative / entries->path().filename();
      if (placement_of(child) == Placement::skip) continue;
      Result<void> placed = place_entry(entries->path(), folder / child, child);
      if (!placed) return placed;
      if (fs::is_directory(fs::symlink_status(folder / child, error))) pending.push_back(child);
    }
    if (error) return failed("read", runner_dir / relative, error);
  }
  return {};
}

Placement placement_of(fs::path const& relative) {
  if (relative.empty()) return Placement::skip;
  std::string const top = relative.begin()->string();
  bool const of_a_runner = top == "_work" || top == "_diag" || top.starts_with(".runner") ||
                           top.starts_with(".credentials");
  // A self-update leaves folders such as bin.2.300.0, and people leave the archive they unpacked.
  bool const left_over = top.starts_with("bin.") || top.starts_with("externals.") ||
                         (top.starts_with("actions-runner-") && top.ends_with(".tar.gz"));
  if (of_a_runner || left_over) return Placement::skip;
  return is_linked_tree(top) ? Placement::link : Placement::copy;
}

std::string permission_advice(fs::path const& runner_dir, std::error_code reason) {
  if (reason != std::errc::permission_denied) return {};
  passwd const* const user = getpwuid(geteuid());
  std::string const name = user == nullptr ? std::to_string(geteuid()) : user->pw_name;
  return "; the user " + name + " must be allowed to read and run what is in " +
         runner_dir.string() + ", and to enter the folders above it";
}

bool is_folder_name(std::string_view runner_name) {
  // A name becomes a folder, a file and an argument, so it must not be able to mean another path.
  return !runner_name.empty() && runner_name.size() <= 128 && runner_name.front() != '.' &&
         std::ranges::all_of(runner_name, is_name_character);
}

}  // namespace scaleset::backends
