#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/background.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "daemon/kept_secrets.hpp"

namespace scaleset::daemon {

class House;

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

/// Looks at files on the disk's thread, once at a time: while a look waits for a disk that hangs,
/// none is begun that would have to wait behind it.
class OneLook {
 public:
  /// `disk` outlives this.
  explicit OneLook(base::Background* disk) : disk_(disk) {}
  /// Errors: timeout, also while an earlier look still waits.
  boost::asio::awaitable<Result<FileStamps>> at(std::vector<std::filesystem::path> files);

 private:
  base::Background* disk_;
  std::shared_ptr<std::atomic<bool>> busy_ = std::make_shared<std::atomic<bool>>(false);
};

/// Reads the secrets again, on the disk's thread; `certificates` as well, so that clients, which
/// read them on the loop, do not wait for a disk that hangs. Returns what is wrong with the
/// secrets. Errors: timeout, so that what was read before stays in use; cancelled. `disk` outlives
/// the call.
boost::asio::awaitable<Result<std::vector<std::string>>> read_secrets(
    base::Background* disk, std::shared_ptr<KeptSecrets> secrets,
    std::vector<std::filesystem::path> certificates);

/// Reads them again, has them tried at once, and logs what is wrong with them, which is returned.
/// No value: it was cancelled. `disk` and `house` outlive the call.
boost::asio::awaitable<std::optional<std::vector<std::string>>> renew_secrets(
    base::Background* disk, std::shared_ptr<KeptSecrets> secrets,
    std::vector<std::filesystem::path> certificates, House* house, base::Logger log);

/// Looks every second whether the files have changed since `changes` saw them, and calls `changed`
/// with each that has (field problem D2). Ends when it is cancelled. `disk` outlives it.
boost::asio::awaitable<void> watch_files(base::Background* disk,
                                         std::vector<std::filesystem::path> files,
                                         FileChanges changes,
                                         std::function<void(std::filesystem::path const&)> changed);

}  // namespace scaleset::daemon
