#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/unique_fd.hpp"
#include "scaleset/error.hpp"

/// Where the control socket is, and how it is opened (ADR 53).
namespace scaleset::daemon {

/// As getenv(): null if the variable is not set.
using EnvironmentLookup = std::function<char const*(char const* name)>;

/// The first folder that systemd has made for this service ($RUNTIME_DIRECTORY, a list separated by
/// colons); empty if there is none.
[[nodiscard]] std::filesystem::path runtime_folder(EnvironmentLookup const& environment);
/// `name` in the runtime folder, else in the state folder.
[[nodiscard]] std::filesystem::path control_socket_path(EnvironmentLookup const& environment,
                                                        std::filesystem::path const& state_folder,
                                                        std::string_view name);
/// The name with a configuration file, whatever its scale sets. With flags it is "HASH.sock" of the
/// owner key, since several processes may share a folder.
inline constexpr std::string_view kControlSocketName = "scaleset.sock";

/// A socket that listens, at a path where only its owner may connect. The file is removed at the
/// end, if it still is this socket.
class ControlSocket {
 public:
  /// A socket that nobody listens at is replaced. Anything else that is in the way stays as it is.
  /// Errors, with what to do: conflict if somebody listens there; invalid_argument if the path is
  /// too long, or another kind of file is there; io. Does not wait for anybody.
  [[nodiscard]] static Result<ControlSocket> open(std::filesystem::path path);
  ControlSocket(ControlSocket&&) noexcept = default;
  ControlSocket& operator=(ControlSocket&&) = delete;
  ~ControlSocket();

  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] std::filesystem::path const& path() const noexcept { return path_; }
  /// The file at the path. Clients find this socket only while it is there.
  [[nodiscard]] std::optional<base::FileIdentity> const& file() const noexcept { return file_; }

 private:
  ControlSocket(base::UniqueFd socket, std::filesystem::path path);
  base::UniqueFd socket_;
  std::filesystem::path path_;
  std::optional<base::FileIdentity> file_;
};

/// A connection to the socket, close-on-exec and not waiting. Errors: not_found if nothing listens
/// there; invalid_argument if the path is too long; io. Does not wait either.
[[nodiscard]] Result<base::UniqueFd> connect_to(std::filesystem::path const& path);

/// Whose process has connected; no value if that cannot be told.
[[nodiscard]] std::optional<uid_t> peer_user(int descriptor) noexcept;

}  // namespace scaleset::daemon
