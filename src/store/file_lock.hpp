#pragma once

#include <filesystem>

#include "scaleset/error.hpp"

namespace scaleset::store {

/// One process at a time. The lock is the kernel's (flock), so that a crash releases it; the file
/// stays and holds the process id of its last owner, for messages only. Children do not inherit it.
class FileLock {
 public:
  /// Does not wait. Errors (io): another process, or another lock of this one, holds it; the file
  /// cannot be made.
  static Result<FileLock> acquire(std::filesystem::path const& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(FileLock const&) = delete;
  FileLock& operator=(FileLock const&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) noexcept : fd_(fd) {}
  int fd_;
};

}  // namespace scaleset::store
