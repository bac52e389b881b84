#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// What /proc says about this machine's processes. All calls block, for well under a millisecond
/// per process.
namespace scaleset::backends {

struct ProcessStat {
  bool ended = false;  // a zombie: it waits for its parent to ask for its exit code
  pid_t parent = 0;
  pid_t group = 0;
  std::uint64_t start_ticks = 0;  // when it started, counted from the start of the machine
};

/// Reads the text of /proc/PID/stat. The process's name in it may contain anything, including
/// spaces and parentheses. No value if it is another text.
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(std::string_view text);

/// The same of a living process or a zombie; no value if there is none.
[[nodiscard]] std::optional<ProcessStat> stat_of(pid_t pid);

/// The beginning of a file of /proc/PID, such as "environ"; no value if there is no such process,
/// or if we may not read it.
[[nodiscard]] std::optional<std::string> read_process_file(pid_t pid, std::string_view name,
                                                           std::size_t most = 4U << 20U);

/// Calls it with the number of each process of this machine. An error (no /proc, no descriptor)
/// ends the list early.
void for_each_process(std::function<void(pid_t)> const& visit);

/// The value of a variable in the text of /proc/PID/environ; no value if it has none.
[[nodiscard]] std::optional<std::string_view> variable_in(std::string_view environment,
                                                          std::string_view name);

/// Tells a process from all others, past and future. The system uses a process number again, but
/// never together with the same `birth`, which is one word: the machine's boot id and the time at
/// which the process started.
struct ProcessIdentity {
  ProcessIdentity() = default;
  ProcessIdentity(pid_t process, std::string process_birth)
      : pid(process), birth(std::move(process_birth)) {}
  friend bool operator==(ProcessIdentity const&, ProcessIdentity const&) = default;
  pid_t pid = 0;
  std::string birth;
};

/// The identity of the process that has this number now; no value if there is none. A zombie is a
/// process too.
[[nodiscard]] std::optional<ProcessIdentity> identify(pid_t pid);
/// The same, by what was read of it.
[[nodiscard]] ProcessIdentity identity_of(pid_t pid, ProcessStat const& stat);
/// Whether this process still runs. A zombie does not.
[[nodiscard]] bool is_running(ProcessIdentity const& identity);

/// Sends SIGKILL to every process of this user that has this variable with this value in its
/// environment, whatever its parent, group or session, but not to this process. It cannot hit a
/// process that has just got the number of one that ended. It does not find a process in the middle
/// of an exec, which has no environment for a moment. Returns how many were killed.
int kill_processes_with(std::string_view name, std::string_view value);

}  // namespace scaleset::backends
