#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace scaleset::base {

/// Starts a program as the leader of a process group of its own, with default signal handling,
/// nothing blocked, and no descriptor of ours but the standard ones: many of ours are O_CLOEXEC,
/// but not the sockets that Asio opens. Its standard input is empty, output and errors go where
/// ours go, and it works where we do, unless told otherwise.
class Spawn {
 public:
  Spawn();
  Spawn(Spawn const&) = delete;
  Spawn& operator=(Spawn const&) = delete;
  ~Spawn();

  /// Descriptors of ours, open until start().
  void input(int descriptor);
  void output(int descriptor);  // errors go where ours go
  /// Opened in the child, with the flags of open(2); created for the owner alone.
  void output_and_errors(std::filesystem::path const& file, int flags);
  void folder(std::filesystem::path const& path);

  /// Once. `arguments` begin with the name that a process list shows. `environment` as of
  /// execve(2).
  [[nodiscard]] std::expected<pid_t, std::error_code> start(std::filesystem::path const& program,
                                                            std::vector<std::string> arguments,
                                                            char* const* environment);

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace scaleset::base
