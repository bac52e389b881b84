#include "store/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace scaleset::store {
namespace {

/// What the file says about its owner: digits, or nothing.
std::string owner_of(int fd) {
  std::array<char, 20> text{};
  auto const size = ::pread(fd, text.data(), text.size(), 0);
  if (size <= 0) return {};
  std::string_view const digits(text.data(), static_cast<std::size_t>(size));
  return std::string(digits.substr(0, digits.find_first_not_of("0123456789")));
}

std::unexpected<Error> in_use(int fd, std::filesystem::path const& path) {
  std::string const owner = owner_of(fd);
  return fail(ErrorCode::io, "another process" + (owner.empty() ? "" : " (" + owner + ")") +
                                 " holds " + path.string() +
                                 ": stop that one first, or give this one another place");
}

}  // namespace

Result<FileLock> FileLock::acquire(std::filesystem::path const& path) {
  int const fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    std::string const reason = std::generic_category().message(errno);
    return fail(ErrorCode::io, "cannot create " + path.string() + ": " + reason);
  }
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return in_use(fd, path);
  std::string const owner = std::to_string(::getpid()) + "\n";
  // For messages only: a full disk is no reason not to start.
  [[maybe_unused]] bool const noted =
      ::ftruncate(fd, 0) == 0 && ::pwrite(fd, owner.data(), owner.size(), 0) > 0;
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace scaleset::store
