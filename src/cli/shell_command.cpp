#include "cli/shell_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>

#include "base/files.hpp"
#include "base/pidfd.hpp"
#include "base/spawn.hpp"

namespace scaleset::cli {
namespace {

using base::UniqueFd;

Error failed(std::string const& command, std::string const& how) {
  return Error(ErrorCode::io, "the command \"" + command + "\" " + how);
}

/// A file in memory. Unlike with a pipe, neither side ever waits for the other.
UniqueFd memory_file(std::string const& content) {
  UniqueFd file(::memfd_create("scaleset", MFD_CLOEXEC));
  [[maybe_unused]] bool const written = base::write_all(file.get(), content);
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string content_of(UniqueFd const& file) {
  std::string content(static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_END)), '\0');
  auto const count = ::pread(file.get(), content.data(), content.size(), 0);
  content.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return content;
}

Result<pid_t> spawn(std::string const& command, int input, std::optional<int> output) {
  base::Spawn spawn;
  spawn.input(input);
  if (output) spawn.output(*output);
  auto const pid = spawn.start("/bin/sh", {"sh", "-c", command}, ::environ);
  if (pid) return *pid;
  return std::unexpected(failed(command, "cannot be started: " + pid.error().message()));
}

enum class Wait : std::uint8_t { ended, too_long, stopped };

/// Waits until the process ends, the time is over or a stop is requested. In the latter two cases
/// the process and everything it started are killed.
Wait wait_for(pid_t pid, std::optional<std::chrono::milliseconds> limit, std::stop_token stop,
              siginfo_t& end) {
  UniqueFd const process = base::open_pidfd(pid);
  UniqueFd const stopped(::eventfd(0, EFD_CLOEXEC));
  std::stop_callback const on_stop(std::move(stop), [&stopped] {
    [[maybe_unused]] auto const told = ::eventfd_write(stopped.get(), 1);
  });
  std::array<pollfd, 2> events{{{process.get(), POLLIN, 0}, {stopped.get(), POLLIN, 0}}};
  int const time = limit ? static_cast<int>(limit->count()) : -1;
  int ready = 0;
  do {  // NOLINT(cppcoreguidelines-avoid-do-while): a signal to us does not end their process
    ready = ::poll(events.data(), events.size(), time);
  } while (ready < 0 && errno == EINTR);
  bool const ended = (events[0].revents & POLLIN) != 0;
  // The whole group: the shell's own children are in it.
  if (!ended) ::kill(-pid, SIGKILL);
  ::waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED);
  if (ended) return Wait::ended;
  return ready == 0 ? Wait::too_long : Wait::stopped;
}

Result<void> run(std::string const& command, UniqueFd const& input, std::optional<int> output,
                 std::optional<std::chrono::milliseconds> limit, std::stop_token stop) {
  auto const pid = spawn(command, input.get(), output);
  if (!pid) return std::unexpected(pid.error());
  siginfo_t end{};
  auto const how = wait_for(*pid, limit, std::move(stop), end);
  if (how == Wait::stopped)
    return fail(ErrorCode::cancelled, "stopped while \"" + command + "\" was running");
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

Result<std::string> capture_shell_command(std::string const& command,
                                          std::chrono::milliseconds limit) {
  auto const nothing = memory_file("");
  auto const output = memory_file("");
  auto const ended = run(command, nothing, output.get(), limit, {});
  if (!ended) return std::unexpected(ended.error());
  // After the end of the command, so the file is complete.
  return content_of(output);
}

Result<void> feed_shell_command(std::string const& command, std::string const& input,
                                std::stop_token stop) {
  return run(command, memory_file(input), std::nullopt, std::nullopt, std::move(stop));
}

}  // namespace scaleset::cli
