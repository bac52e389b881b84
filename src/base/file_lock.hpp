#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "base/files.hpp"
#include "base/unique_fd.hpp"
#include "scaleset/error.hpp"

namespace scaleset::base {

/// Keeps a thing on disk for one process at a time. The kernel holds the lock (flock), so that a
/// crash releases it. The lock file stays behind; it holds the process id of its last owner, which
/// serves messages only. Children do not inherit the lock.
class FileLock {
 public:
  /// `path` is a file of its own, which is created if it is absent (mode 0600): a file that is
  /// replaced by renaming another onto it cannot carry its own lock. `what` says in the error what
  /// is locked, such as "the work folder /srv/runners". Does not wait. Errors: conflict if another
  /// process, or another lock of this one, holds it; io if the file cannot be created.
  [[nodiscard]] static Result<FileLock> acquire(std::filesystem::path const& path,
                                                std::string_view what);

  /// Locks a file that exists, and changes nothing on the disk: for whoever only looks. No value if
  /// there is no such file. Errors: as those of acquire().
  [[nodiscard]] static Result<std::optional<FileLock>> hold_existing(
      std::filesystem::path const& path, std::string_view what);

  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
  /// Whether the path still leads to the file that is locked. If somebody has removed or replaced
  /// the file, another process can lock the new one. Looks at the disk.
  [[nodiscard]] bool in_place() const noexcept { return is_at(path_, identity()); }
  /// Of the file that is locked; no value after release(). With path() it can be looked for on
  /// another thread.
  [[nodiscard]] std::optional<FileIdentity> identity() const noexcept {
    return identity_of(file_.get());
  }

  /// Before the end of the object's life. A second call does nothing.
  void release() noexcept { file_.reset(); }

 private:
  FileLock(std::filesystem::path path, UniqueFd file) noexcept
      : path_(std::move(path)), file_(std::move(file)) {}
  std::filesystem::path path_;
  UniqueFd file_;
};

}  // namespace scaleset::base
