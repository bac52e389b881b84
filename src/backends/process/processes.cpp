#include "backends/process/processes.hpp"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/pidfd.hpp"
#include "base/whole_number.hpp"

namespace scaleset::backends {
namespace {

namespace fs = std::filesystem;

/// Empty if there is no such file, or if we may not read it.
std::string read_small_file(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string in_proc(pid_t pid, std::string_view name) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(name);
}

std::optional<ProcessStat> stat_of(pid_t pid) {
  return parse_process_stat(read_small_file(in_proc(pid, "stat")));
}

/// Tells one boot from another: after a restart of the machine, process ids and their start times
/// begin again.
std::string const& boot_id() {
  static std::string const id = [] {
    std::string text = read_small_file("/proc/sys/kernel/random/boot_id");
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }();
  return id;
}

bool has_entry(std::string_view environment, std::string_view entry) {
  while (!environment.empty()) {
    std::string_view const one = environment.substr(0, environment.find('\0'));
    if (one == entry) return true;
    environment.remove_prefix(std::min(one.size() + 1, environment.size()));
  }
  return false;
}

/// The descriptor is opened before the environment is read: if another process gets the number in
/// between, the signal goes nowhere instead of to that process.
bool kill_if_marked(pid_t pid, std::string_view entry) {
  base::UniqueFd const process = base::open_pidfd(pid);
  if (!process.valid()) return false;
  bool const marked = has_entry(read_small_file(in_proc(pid, "environ")), entry);
  return marked && base::send_signal(process.get(), SIGKILL);
}

}  // namespace

int kill_processes_with(std::string_view environment_entry) {
  int killed = 0;
  std::error_code error;
  fs::directory_iterator entries("/proc", error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    std::optional<pid_t> const pid = base::whole_number<pid_t>(entries->path().filename().native());
    // Never ourselves, whatever our environment says.
    if (pid && *pid != getpid() && kill_if_marked(*pid, environment_entry)) ++killed;
  }
  return killed;
}

bool is_running(ProcessIdentity const& identity) {
  std::optional<ProcessStat> const stat = stat_of(identity.pid);
  return stat && !stat->ended && identify(identity.pid) == identity;
}

std::optional<ProcessIdentity> identify(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  std::optional<ProcessStat> const stat = stat_of(pid);
  if (!stat) return std::nullopt;
  return ProcessIdentity(pid, boot_id() + ":" + std::to_string(stat->start_ticks));
}

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  // The last one: the name is in brackets and may contain anything, brackets and spaces too.
  std::size_t const name_end = text.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 2);  // now at field 3, the state
  if (text.empty()) return std::nullopt;
  ProcessStat stat;
  // A zombie has ended, but its entry stays until its parent has asked for its status.
  stat.ended = text.front() == 'Z' || text.front() == 'X';
  for (int field = 3; field < 22; ++field) {
    std::size_t const space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  std::optional<std::uint64_t> const ticks =
      base::whole_number<std::uint64_t>(text.substr(0, text.find_first_of(" \n")));
  if (!ticks) return std::nullopt;
  stat.start_ticks = *ticks;
  return stat;
}

}  // namespace scaleset::backends
