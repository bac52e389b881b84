#include "base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include "base/pipe_wait.hpp"
#include "base/regular_file.hpp"
#include "base/resource_limit.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::base {
namespace {

constexpr std::chrono::seconds kWriterPatience{10};

std::unexpected<Error> io_error(std::string_view what, std::filesystem::path const& path) {
  std::string const reason = system_error_text(errno);
  return fail(ErrorCode::io, std::string(what) + " " + path.string() + ": " + reason);
}

template <class Sync>
Result<void> write_beside_and_rename(std::filesystem::path const& path, std::string_view content,
                                     Sync sync) {
  std::string temporary = path.string() + ".XXXXXX";
  UniqueFd const file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!file.valid()) return io_error("cannot write", path);
  if (write_all(file.get(), content) && sync(file.get()) &&
      ::rename(temporary.c_str(), path.c_str()) == 0)
    return {};
  auto error = io_error("cannot write", path);
  ::unlink(temporary.c_str());
  return error;
}

}  // namespace

bool write_all(int fd, std::string_view content) noexcept {
  while (!content.empty()) {
    auto const written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<std::string> read_file(std::filesystem::path const& path, std::size_t max_bytes) {
  // Not blocking, because to open a pipe that nobody writes to would wait for ever.
  UniqueFd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return io_error("cannot read", path);
  if (!wait_for_writer(file.get(), kWriterPatience))
    return fail(ErrorCode::io, "cannot read " + path.string() +
                                   ": it is a pipe, and nobody has written to it within 10 s");
  if (::fcntl(file.get(), F_SETFL, 0) != 0) return io_error("cannot read", path);
  return read_to_end(file.get(), path, max_bytes);
}

Result<void> write_file_atomically(std::filesystem::path const& path, std::string_view content) {
  return write_beside_and_rename(path, content, [](int fd) { return ::fsync(fd) == 0; });
}

Result<void> replace_file(std::filesystem::path const& path, std::string_view content) {
  return write_beside_and_rename(path, content, [](int) { return true; });
}

Result<void> create_private_folder(std::filesystem::path const& folder) {
  std::error_code unknown;  // if it cannot be looked at, mkdir says why
  if (folder.empty() || std::filesystem::exists(folder, unknown)) return {};
  if (auto above = create_private_folder(folder.parent_path()); !above) return above;
  // Not std::filesystem: it would create the folder with the modes that the umask leaves.
  if (::mkdir(folder.c_str(), S_IRWXU) == 0 || errno == EEXIST) return {};
  return fail(ErrorCode::io,
              "cannot create the folder " + folder.string() + ": " + system_error_text(errno));
}

std::optional<FileIdentity> identity_of(std::filesystem::path const& path) noexcept {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) return std::nullopt;
  return FileIdentity{about.st_dev, about.st_ino};
}

std::optional<FileIdentity> identity_of(int fd) noexcept {
  struct stat about{};
  if (::fstat(fd, &about) != 0) return std::nullopt;
  return FileIdentity{about.st_dev, about.st_ino};
}

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "scaleset-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;  // a destructor cannot report it
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace scaleset::base
