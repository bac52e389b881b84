#include "base/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "base/resource_limit.hpp"

namespace scaleset::base {
namespace {

/// The process id that the file holds; empty if it holds none.
std::string owner_of(UniqueFd const& file) {
  std::array<char, 20> text{};
  auto const size = ::pread(file.get(), text.data(), text.size(), 0);
  if (size <= 0) return {};
  std::string_view const digits(text.data(), static_cast<std::size_t>(size));
  return std::string(digits.substr(0, digits.find_first_not_of("0123456789")));
}

std::unexpected<Error> in_use(UniqueFd const& file, std::string_view what) {
  std::string const owner = owner_of(file);
  return fail(ErrorCode::conflict, "another process" + (owner.empty() ? "" : " (" + owner + ")") +
                                       " uses " + std::string(what) + "; stop that process first");
}

}  // namespace

Result<FileLock> FileLock::acquire(std::filesystem::path const& path, std::string_view what) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.valid()) {
    std::string const reason = system_error_text(errno);
    return fail(ErrorCode::io, "cannot create " + path.string() + ": " + reason);
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return in_use(file, what);
  std::string const owner = std::to_string(::getpid()) + "\n";
  // The id serves messages only: a full disk is no reason not to start.
  [[maybe_unused]] bool const noted =
      ::ftruncate(file.get(), 0) == 0 && ::pwrite(file.get(), owner.data(), owner.size(), 0) > 0;
  return FileLock(path, std::move(file));
}

Result<std::optional<FileLock>> FileLock::hold_existing(std::filesystem::path const& path,
                                                        std::string_view what) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file.valid()) {
    std::string const reason = system_error_text(errno);
    return fail(ErrorCode::io, "cannot open " + path.string() + ": " + reason);
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return in_use(file, what);
    std::string const reason = system_error_text(errno);
    return fail(ErrorCode::io, "cannot lock " + path.string() + ": " + reason);
  }
  return FileLock(path, std::move(file));
}

}  // namespace scaleset::base
