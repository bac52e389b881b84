#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::base {

/// The whole file. Errors: io, with the path and the system's reason; files over `max_bytes` are
/// refused.
[[nodiscard]] Result<std::string> read_file(std::filesystem::path const& path,
                                            std::size_t max_bytes = 16U << 20U);
/// To a descriptor that blocks; false, and errno says why, if it could not be written to its end.
[[nodiscard]] bool write_all(int fd, std::string_view content) noexcept;
/// Writes a new file beside it (mode 0600), syncs, renames: after a crash there is the old or the
/// new content, never half of it.
[[nodiscard]] Result<void> write_file_atomically(std::filesystem::path const& path,
                                                 std::string_view content);

/// A fresh directory below the system's place for temporary files, removed with all it holds at the
/// end of the object's life.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(TemporaryDirectory const&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace scaleset::base
