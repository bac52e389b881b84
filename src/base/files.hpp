#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::base {

/// The content of a file. Errors: io, with the path and the system's reason, or if the file has
/// more than `max_bytes`.
[[nodiscard]] Result<std::string> read_file(std::filesystem::path const& path,
                                            std::size_t max_bytes = 16U << 20U);
/// Writes all of `content` to a descriptor that blocks. False if that failed; errno says why.
[[nodiscard]] bool write_all(int fd, std::string_view content) noexcept;
/// Writes a new file (mode 0600) beside `path`, syncs it and renames it to `path`. After a crash
/// the file has the old or the new content, never a part of it. Errors: io.
[[nodiscard]] Result<void> write_file_atomically(std::filesystem::path const& path,
                                                 std::string_view content);
/// The same without the wait for the disk: the file is whole if this process is killed, but may be
/// old, missing or empty if the machine goes down. Errors: io.
[[nodiscard]] Result<void> replace_file(std::filesystem::path const& path,
                                        std::string_view content);

/// Creates the folder, and those above it, if they do not exist; what it creates is for this user
/// only (mode 0700). Errors: io.
[[nodiscard]] Result<void> create_private_folder(std::filesystem::path const& folder);

/// Which file a path leads to. As long as somebody has the file open, no other one gets the same
/// identity, also after it was removed.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(FileIdentity const&, FileIdentity const&) = default;
};
/// No value: there is nothing at the path, or it cannot be looked at.
[[nodiscard]] std::optional<FileIdentity> identity_of(std::filesystem::path const& path) noexcept;
[[nodiscard]] std::optional<FileIdentity> identity_of(int fd) noexcept;
/// Whether the path leads to that file. False if there is no identity.
[[nodiscard]] inline bool is_at(std::filesystem::path const& path,
                                std::optional<FileIdentity> const& file) noexcept {
  return file && identity_of(path) == file;
}

/// A new directory below the system's directory for temporary files. It is removed with everything
/// in it at the end of the object's life.
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
