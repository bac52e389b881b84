#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// A look at this machine's processes by way of /proc. All calls block, for well under a
/// millisecond a process.
namespace scaleset::backends {

struct ProcessStat {
  bool ended = false;             // a zombie: only its parent has not asked for its exit code yet
  std::uint64_t start_ticks = 0;  // since the machine's start
};

/// Reads /proc/PID/stat. The process's name in it may hold anything, also spaces and parentheses.
/// No value: not such a text.
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(std::string_view text);

/// What a process is recognised by for ever: its number is used again, number and birth together
/// are not. The birth is one word: the machine's boot id and the process's start time.
struct ProcessIdentity {
  ProcessIdentity() = default;
  ProcessIdentity(pid_t process, std::string process_birth)
      : pid(process), birth(std::move(process_birth)) {}
  friend bool operator==(ProcessIdentity const&, ProcessIdentity const&) = default;
  pid_t pid = 0;
  std::string birth;
};

/// The identity of the process that has this number now; no value: there is none. Zombies count.
[[nodiscard]] std::optional<ProcessIdentity> identify(pid_t pid);
/// Whether that very process still runs. A zombie does not.
[[nodiscard]] bool is_running(ProcessIdentity const& identity);

/// Sends SIGKILL to every process of ours whose environment holds exactly that entry
/// ("NAME=value"), whatever its parent, group or session, except to this process. Never hits a
/// process that got the number of one just ended. The result: how many there were.
int kill_processes_with(std::string_view environment_entry);

}  // namespace scaleset::backends
