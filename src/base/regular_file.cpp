#include "base/regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/resource_limit.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::base {
namespace {

std::unexpected<Error> refuse(std::filesystem::path const& path, std::string_view why) {
  return fail(ErrorCode::io, "cannot read " + path.string() + ": " + std::string(why));
}

std::unexpected<Error> refuse_with_reason(std::filesystem::path const& path) {
  return refuse(path, system_error_text(errno));
}

/// Empty: it is a regular file.
std::string_view what_else_it_is(mode_t mode) {
  if (S_ISREG(mode)) return {};
  if (S_ISDIR(mode)) return "it is a folder; give a file";
  if (S_ISFIFO(mode)) return "it is a pipe; give a regular file, since it is read more than once";
  if (S_ISSOCK(mode)) return "it is a socket; give a regular file";
  return "it is a device; give a regular file";
}

}  // namespace

Result<std::string> read_regular_file(std::filesystem::path const& path, std::size_t max_bytes) {
  struct stat about{};
  // Before it is opened, since that alone would let the writer of a pipe begin.
  if (::stat(path.c_str(), &about) != 0) return refuse_with_reason(path);
  if (auto const other = what_else_it_is(about.st_mode); !other.empty()) return refuse(path, other);
  // Not blocking, and asked again, because it may have been replaced meanwhile.
  UniqueFd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid() || ::fstat(file.get(), &about) != 0) return refuse_with_reason(path);
  if (auto const other = what_else_it_is(about.st_mode); !other.empty()) return refuse(path, other);
  return read_to_end(file.get(), path, max_bytes);
}

Result<std::string> read_to_end(int fd, std::filesystem::path const& path, std::size_t max_bytes) {
  std::string content;
  std::string chunk(16384, '\0');
  for (;;) {
    auto const count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refuse_with_reason(path);
    if (count == 0) return content;
    content.append(chunk, 0, static_cast<std::size_t>(count));
    if (content.size() > max_bytes)
      return refuse(path, "larger than " + std::to_string(max_bytes) + " bytes");
  }
}

}  // namespace scaleset::base
