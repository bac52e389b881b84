#include "cli/shell_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <expected>
#include <mutex>
#include <optional>
#include <system_error>
#include <vector>

#include "base/files.hpp"
#include "base/pidfd.hpp"
#include "base/resource_limit.hpp"
#include "base/spawn.hpp"
#include "cli/stop_descriptor.hpp"

namespace scaleset::cli {
namespace {

using base::UniqueFd;

/// Its first word: people write passwords into commands, and this is for logs.
std::string shown(std::string const& command) {
  auto const begin = std::min(command.find_first_not_of(" \t\n"), command.size());
  auto const end = command.find_first_of(" \t\n;|&<>(", begin);
  if (end == std::string::npos) return command;
  return command.substr(begin, end - begin) + " ...";
}

Error failed(std::string const& command, std::string const& how) {
  return Error(ErrorCode::io, "the command \"" + shown(command) + "\" " + how);
}

Error failed_to_start(std::string const& command, int error) {
  return failed(command, "cannot be started: " + base::system_error_text(error));
}

/// A file in memory. Unlike with a pipe, neither side ever waits for the other. The error is the
/// errno.
std::expected<UniqueFd, int> memory_file(std::string const& content) {
  UniqueFd file(::memfd_create("scaleset", MFD_CLOEXEC));
  if (!file.valid() || !base::write_all(file.get(), content) ||
      ::lseek(file.get(), 0, SEEK_SET) < 0)
    return std::unexpected(errno);
  return file;
}

/// A secret from the first moment, so that no copy stays behind in memory.
Result<Secret> content_of(UniqueFd const& file, std::string const& command) {
  auto const size = ::lseek(file.get(), 0, SEEK_END);
  std::string content(static_cast<std::size_t>(std::max<off_t>(size, 0)), '\0');
  auto const count = ::pread(file.get(), content.data(), content.size(), 0);
  if (size < 0 || count != size)
    return std::unexpected(failed(command, "wrote something that cannot be read"));
  return Secret(std::move(content));
}

/// The commands that run now, so that the end of this process can end them.
class RunningCommands {
 public:
  /// Starts one. No value: end_all() was called.
  template <class Start>
  std::optional<Result<pid_t>> start(Start const& spawn) {
    std::scoped_lock const lock(mutex_);
    if (over_) return std::nullopt;
    auto pid = spawn();
    if (pid) running_.push_back(*pid);
    return pid;
  }
  /// To be called before the system may give the number to another process.
  void ends(pid_t pid, bool kill_it) {
    std::scoped_lock const lock(mutex_);
    // The whole group: the shell's own children are in it.
    if (kill_it) ::kill(-pid, SIGKILL);
    std::erase(running_, pid);
  }
  void end_all() {
    std::scoped_lock const lock(mutex_);
    over_ = true;
    for (pid_t const pid : running_) ::kill(-pid, SIGKILL);
  }

 private:
  std::mutex mutex_;
  std::vector<pid_t> running_;
  bool over_ = false;
};

RunningCommands& running_commands() {
  // Never destroyed: a command may still run on a thread that nobody waits for.
  static auto* const commands = new RunningCommands;
  return *commands;
}

/// Where a command's output goes; no value: where ours goes.
struct Streams {
  int input = -1;
  std::optional<int> output;
  std::optional<int> errors;
};

Result<pid_t> spawn(std::string const& command, Streams const& streams) {
  base::Spawn spawn;
  spawn.input(streams.input);
  if (streams.output) spawn.output(*streams.output);
  if (streams.errors) spawn.errors(*streams.errors);
  auto const pid = spawn.start("/bin/sh", {"sh", "-c", command}, ::environ);
  if (pid) return *pid;
  return std::unexpected(failed(command, "cannot be started: " + pid.error().message()));
}

enum class Wait : std::uint8_t { ended, too_long, stopped, not_watched };

/// Waits until the process ends, the time is over or a stop is requested. Unless it has ended by
/// itself, the process and everything it started are killed.
Wait wait_for(pid_t pid, std::optional<std::chrono::milliseconds> limit, std::stop_token stop,
              siginfo_t& end) {
  UniqueFd const process = base::open_pidfd(pid);
  StopDescriptor const stopped(std::move(stop));
  std::array<pollfd, 2> events{{{process.get(), POLLIN, 0}, {stopped.get(), POLLIN, 0}}};
  bool const watched = process.valid() && stopped.get() >= 0;
  int const time = limit ? static_cast<int>(limit->count()) : -1;
  int ready = 0;
  do {  // NOLINT(cppcoreguidelines-avoid-do-while): a signal to us does not end their process
    if (watched) ready = ::poll(events.data(), events.size(), time);
  } while (ready < 0 && errno == EINTR);
  bool const ended = (events[0].revents & POLLIN) != 0;
  running_commands().ends(pid, !ended);
  ::waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED);
  if (ended) return Wait::ended;
  if (!watched) return Wait::not_watched;
  return ready == 0 ? Wait::too_long : Wait::stopped;
}

Result<void> run(std::string const& command, Streams const& streams,
                 std::optional<std::chrono::milliseconds> limit, std::stop_token stop) {
  auto const stopped =
      fail(ErrorCode::cancelled, "stopped while \"" + shown(command) + "\" was running");
  auto const pid = running_commands().start([&] { return spawn(command, streams); });
  if (!pid) return stopped;
  if (!*pid) return std::unexpected(pid->error());
  siginfo_t end{};
  auto const how = wait_for(**pid, limit, std::move(stop), end);
  if (how == Wait::stopped) return stopped;
  if (how == Wait::not_watched)
    return std::unexpected(
        failed(command, "was killed: this process has no descriptors left to wait for its end"));
  if (how == Wait::too_long) {
    auto const seconds = std::to_string(limit->count() / 1000);
    return std::unexpected(failed(command, "was killed: it took longer than " + seconds + " s"));
  }
  if (end.si_code != CLD_EXITED)
    return std::unexpected(failed(command, "was ended by signal " + std::to_string(end.si_status)));
  if (end.si_status != 0)
    return std::unexpected(
        failed(command, "ended with exit code " + std::to_string(end.si_status)));
  return {};
}

}  // namespace

Result<Secret> capture_shell_command(std::string const& command, std::chrono::milliseconds limit,
                                     std::stop_token stop) {
  auto const nothing = memory_file("");
  auto const output = memory_file("");
  if (!nothing) return std::unexpected(failed_to_start(command, nothing.error()));
  auto const errors = memory_file("");
  if (!output) return std::unexpected(failed_to_start(command, output.error()));
  if (!errors) return std::unexpected(failed_to_start(command, errors.error()));
  Streams streams{nothing->get(), output->get(), std::nullopt};
  // A person may have to be told something, such as a code to enter elsewhere. A log must hold
  // nothing but its own lines, and no secret.
  if (::isatty(STDERR_FILENO) == 0) streams.errors = errors->get();
  auto const ended = run(command, streams, limit, std::move(stop));
  if (!ended) return std::unexpected(ended.error());
  // After the end of the command, so the file is complete.
  return content_of(*output, command);
}

Result<void> feed_shell_command(std::string const& command, std::string const& input,
                                std::stop_token stop) {
  auto const file = memory_file(input);
  if (!file) return std::unexpected(failed_to_start(command, file.error()));
  return run(command, {file->get(), std::nullopt, std::nullopt}, std::nullopt, std::move(stop));
}

void end_shell_commands() { running_commands().end_all(); }

}  // namespace scaleset::cli
