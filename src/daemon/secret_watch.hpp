#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/background.hpp"
#include "base/files.hpp"

namespace scaleset::daemon {

/// What tells two contents of a file apart without reading it.
struct FileStamp {
  base::FileIdentity file;
  std::int64_t size = 0;
  std::int64_t modified = 0;  // nanoseconds
  friend bool operator==(FileStamp const&, FileStamp const&) = default;
};
/// One for each file; no value where there is none.
using FileStamps = std::vector<std::optional<FileStamp>>;
/// Looks at the disk. What links lead to counts.
[[nodiscard]] FileStamps look_at(std::vector<std::filesystem::path> const& files);

/// Which files are not as they were when they were last seen. Pure.
class FileChanges {
 public:
  explicit FileChanges(FileStamps seen) : seen_(std::move(seen)) {}
  /// The positions of the files that have changed. A file that is missing has not: there is nothing
  /// to read, and it may be about to be replaced.
  [[nodiscard]] std::vector<std::size_t> note(FileStamps const& now);

 private:
  FileStamps seen_;
};

/// Looks every second whether the files have changed since `changes` saw them, and calls `changed`
/// with each that has (field problem D2). Ends when it is cancelled. `disk` outlives it.
boost::asio::awaitable<void> watch_files(base::Background* disk,
                                         std::vector<std::filesystem::path> files,
                                         FileChanges changes,
                                         std::function<void(std::filesystem::path const&)> changed);

}  // namespace scaleset::daemon
