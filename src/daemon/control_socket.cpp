#include "daemon/control_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace scaleset::daemon {
namespace {

namespace fs = std::filesystem;

constexpr int kBacklog = 64;
constexpr mode_t kOwnerAlone = 0600;

std::string reason(int error) { return std::generic_category().message(error); }

std::unexpected<Error> cannot(std::string_view what, fs::path const& path, int error) {
  return fail(ErrorCode::io, "cannot " + std::string(what) + " the control socket " +
                                 path.string() + ": " + reason(error));
}

Result<sockaddr_un> address_of(fs::path const& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string const text = path.string();
  constexpr std::size_t kMost = sizeof(address.sun_path) - 1;
  if (text.empty() || text.size() > kMost)
    return fail(ErrorCode::invalid_argument,
                "the path of the control socket, " + text + ", has " + std::to_string(text.size()) +
                    " bytes, of " + std::to_string(kMost) +
                    " that a socket may have; give a shorter one with --socket");
  std::ranges::copy(text, std::begin(address.sun_path));
  return address;
}

base::UniqueFd new_socket() {
  return base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// sockaddr_un is what the C interface takes for a sockaddr.
sockaddr const* generic(sockaddr_un const& address) noexcept {
  return reinterpret_cast<sockaddr const*>(&address);
}

/// 0 if it is connected or about to be, else errno.
int connect(int socket, sockaddr_un const& address) noexcept {
  if (::connect(socket, generic(address), sizeof(address)) == 0) return 0;
  return errno;
}

/// Removes a socket that an earlier process has left.
Result<void> make_way(fs::path const& path, sockaddr_un const& address) {
  struct stat about{};
  if (::lstat(path.c_str(), &about) != 0) {
    if (errno == ENOENT) return {};
    return cannot("open", path, errno);
  }
  if (!S_ISSOCK(about.st_mode))
    return fail(ErrorCode::invalid_argument,
                "there is a file that is no socket at " + path.string() +
                    ", where the control socket belongs; move it elsewhere, or give another path "
                    "with --socket");
  base::UniqueFd const probe = new_socket();
  if (!probe.valid()) return cannot("open", path, errno);
  // EAGAIN: somebody listens who does not get round to accepting.
  if (connect(probe.get(), address) != ECONNREFUSED)
    return fail(ErrorCode::conflict, "another process listens at the control socket " +
                                         path.string() + "; give another path with --socket");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return cannot("replace", path, errno);
  return {};
}

}  // namespace

fs::path runtime_folder(EnvironmentLookup const& environment) {
  char const* const value = environment("RUNTIME_DIRECTORY");
  std::string_view const list = value == nullptr ? "" : value;
  fs::path const first = list.substr(0, list.find(':'));
  return first.is_absolute() ? first : fs::path();
}

fs::path control_socket_path(EnvironmentLookup const& environment, fs::path const& state_folder,
                             std::string_view name) {
  fs::path const runtime = runtime_folder(environment);
  return (runtime.empty() ? state_folder : runtime) / name;
}

Result<ControlSocket> ControlSocket::open(fs::path path) {
  auto const address = address_of(path);
  if (!address) return std::unexpected(address.error());
  if (auto free = make_way(path, *address); !free) return std::unexpected(free.error());
  base::UniqueFd socket = new_socket();
  if (!socket.valid()) return cannot("open", path, errno);
  // Before bind(), which makes the file with this mode: at no moment may anybody else connect.
  if (::fchmod(socket.get(), kOwnerAlone) != 0) return cannot("open", path, errno);
  if (::bind(socket.get(), generic(*address), sizeof(*address)) != 0)
    return cannot("open", path, errno);
  if (::listen(socket.get(), kBacklog) != 0) return cannot("open", path, errno);
  return ControlSocket(std::move(socket), std::move(path));
}

ControlSocket::ControlSocket(base::UniqueFd socket, fs::path path)
    : socket_(std::move(socket)), path_(std::move(path)), file_(base::identity_of(path_)) {}

ControlSocket::~ControlSocket() {
  if (socket_.valid() && base::is_at(path_, file_)) ::unlink(path_.c_str());
}

Result<base::UniqueFd> connect_to(fs::path const& path) {
  auto const address = address_of(path);
  if (!address) return std::unexpected(address.error());
  base::UniqueFd socket = new_socket();
  if (!socket.valid()) return cannot("connect to", path, errno);
  int const error = connect(socket.get(), *address);
  if (error == 0) return socket;
  if (error == ENOENT || error == ECONNREFUSED)
    return fail(ErrorCode::not_found,
                "no autoscaler listens at " + path.string() +
                    "; is it running? Another socket can be given with --socket");
  if (error == EAGAIN)
    return fail(ErrorCode::timeout,
                "the autoscaler has too many connections at " + path.string() + "; try again");
  return cannot("connect to", path, error);
}

std::optional<uid_t> peer_user(int descriptor) noexcept {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

}  // namespace scaleset::daemon
