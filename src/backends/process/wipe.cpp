#include "backends/process/wipe.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

#include "base/unique_fd.hpp"

namespace scaleset::backends {
namespace {

constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/// Whether the open folder is where a file system begins, another one or (a bind mount) a part of
/// the same one. A kernel before 5.8 does not say it.
bool is_mount(int folder) {
  struct statx status{};
  bool const known = statx(folder, "", AT_EMPTY_PATH, 0, &status) == 0;
  return known && (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/// A descriptor for the folder itself, whose permissions were mended: jobs leave folders behind
/// that even their owner may not enter. Owns nothing, and errno says why, if it is not a folder. A
/// mount is not touched (EBUSY): what is in it was not made here, and may be the only copy of
/// something.
base::UniqueFd reach_folder(int parent, char const* name) {
  base::UniqueFd folder(openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.valid()) return folder;
  if (is_mount(folder.get())) {
    folder.reset();
    errno = EBUSY;
    return folder;
  }
  // chmod on a name would follow a symbolic link.
  std::string const path = "/proc/self/fd/" + std::to_string(folder.get());
  static_cast<void>(chmod(path.c_str(), S_IRWXU));
  return folder;
}

Directory open_folder(int parent, char const* name) {
  base::UniqueFd const reached = reach_folder(parent, name);
  if (!reached.valid()) return nullptr;
  base::UniqueFd folder(openat(reached.get(), ".", kFolderFlags));
  if (!folder.valid()) return nullptr;
  Directory directory(fdopendir(folder.get()));
  if (directory) static_cast<void>(folder.release());  // it is the directory's now
  return directory;
}

bool is_dot(char const* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/// Empties one folder. A folder inside a folder is first moved up to the top folder. So the work is
/// never more than one level deep, and however deep a tree is, it exhausts neither the stack nor
/// the descriptors nor the length of a path.
class Wipe {
 public:
  Wipe(Directory top, std::stop_token stop) : top_(std::move(top)), stop_(std::move(stop)) {}

  /// 0 on success; ECANCELED if it was asked to stop; else the errno of the first entry that could
  /// not be removed, whose name is stuck_name().
  int run() {
    bool progress = true;
    while (progress && !stuck()) {
      progress = false;
      rewinddir(top_.get());
      while (dirent* const entry = readdir(top_.get())) {
        if (is_dot(entry->d_name)) continue;
        if (stop_.stop_requested()) return ECANCELED;
        progress = true;
        remove_from_top(entry->d_name);
      }
    }
    return error_;
  }

  [[nodiscard]] std::string const& stuck_name() const { return stuck_name_; }

 private:
  [[nodiscard]] bool stuck() const { return error_ != 0; }
  [[nodiscard]] int top() const { return dirfd(top_.get()); }

  void remove_from_top(char const* name) {
    // Tried as a file first: this needs no look at its type, and never follows a link.
    if (unlinkat(top(), name, 0) == 0 || errno == ENOENT) return;
    int const reason = errno;
    Directory const folder = open_folder(top(), name);
    if (!folder) return note(name, errno == ENOTDIR ? reason : errno);
    while (dirent* const entry = readdir(folder.get())) {
      if (!is_dot(entry->d_name)) remove_or_move(dirfd(folder.get()), entry->d_name);
      if (stop_.stop_requested()) return;
    }
    // ENOTEMPTY is no failure: removing entries while reading the list can make readdir() skip
    // some. The next round finds them.
    if (unlinkat(top(), name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY) note(name, errno);
  }

  void remove_or_move(int folder, char const* name) {
    if (unlinkat(folder, name, 0) == 0) return;
    int const reason = errno;
    if (unlinkat(folder, name, AT_REMOVEDIR) == 0) return;
    // Moving a folder changes its "..", which needs the permission.
    bool const movable = reach_folder(folder, name).valid();
    if (!movable) return note(name, errno == ENOTDIR ? reason : errno);
    for (int tries = 0; tries < 1000; ++tries) {
      // The name may be taken by something that the job left, hence the tries.
      std::string const target = ".wipe-" + std::to_string(next_++);
      if (renameat(folder, name, top(), target.c_str()) == 0) return;
      if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) break;
    }
    note(name, errno);
  }

  void note(char const* name, int error) {
    if (stuck()) return;
    error_ = error;
    stuck_name_ = name;
  }

  Directory top_;
  std::stop_token stop_;
  unsigned next_ = 0;
  int error_ = 0;
  std::string stuck_name_;
};

}  // namespace

Result<void> wipe_folder(std::filesystem::path const& folder, std::stop_token const& stop) {
  auto const failed = [&](std::string const& path, int error) -> Result<void> {
    return fail(ErrorCode::backend,
                "cannot remove " + path + ": " + std::generic_category().message(error) +
                    (error == EBUSY ? "; if a file system is mounted there, unmount it" : ""));
  };
  Directory top = open_folder(AT_FDCWD, folder.c_str());
  if (!top) return errno == ENOENT ? Result<void>() : failed(folder.string(), errno);
  Wipe wipe(std::move(top), stop);
  int const error = wipe.run();
  if (error == ECANCELED) {
    return fail(ErrorCode::cancelled, "interrupted while removing " + folder.string());
  }
  if (error != 0) return failed(folder.string() + " (at \"" + wipe.stuck_name() + "\")", error);
  if (rmdir(folder.c_str()) != 0) return failed(folder.string(), errno);
  return {};
}

}  // namespace scaleset::backends
