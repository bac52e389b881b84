#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace scaleset::base {

/// Starts a program as the leader of a session, and so of a process group, of its own: when this
/// process ends, the system sends SIGHUP to the groups of its session in which a process is stopped
/// (SIGSTOP). It has default signal handling and no blocked signals. It inherits only the standard
/// descriptors, even of those that are not O_CLOEXEC, such as the sockets that Asio opens. Unless
/// told otherwise, its standard input is empty, its output and errors go where ours go, and its
/// working directory is ours.
class Spawn {
 public:
  Spawn();
  Spawn(Spawn const&) = delete;
  Spawn& operator=(Spawn const&) = delete;
  ~Spawn();

  /// These descriptors stay the caller's, and must be open until start().
  void input(int descriptor);
  void output(int descriptor);  // standard output alone
  void errors(int descriptor);  // standard error alone
  /// The child opens the file with these flags of open(2). A new file is for its owner only.
  void output_and_errors(std::filesystem::path const& file, int flags);
  void folder(std::filesystem::path const& path);

  /// May be called once. If anything asked for above is impossible, such as a descriptor that is
  /// not open, the program is not started: what it writes must not go where ours goes instead. The
  /// first of the `arguments` is the program's name for a list of processes. `environment` is as
  /// for execve(2).
  [[nodiscard]] std::expected<pid_t, std::error_code> start(std::filesystem::path const& program,
                                                            std::vector<std::string> arguments,
                                                            char* const* environment);

 private:
  /// Keeps the first error, for start() to return.
  void check(int error);

  posix_spawn_file_actions_t actions_{};
  int error_ = 0;
};

}  // namespace scaleset::base
