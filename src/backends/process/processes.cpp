#include "backends/process/processes.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>

#include "base/pidfd.hpp"
#include "base/whole_number.hpp"

namespace scaleset::backends {
namespace {

std::string in_proc(pid_t pid, std::string_view name) {
  return "/proc/" + std::to_string(pid) + "/" + std::string(name);
}

/// No value if there is no such file, or if we may not read it.
std::optional<std::string> read_beginning(std::string const& path, std::size_t most) {
  base::UniqueFd const file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  std::string text;
  while (text.size() < most) {
    constexpr std::size_t kStep = 4096;  // more than most of these files have
    std::size_t const before = text.size();
    text.resize(before + kStep);
    ssize_t const size = read(file.get(), text.data() + before, kStep);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (size == 0) return text;
    if (size < 0) return std::nullopt;
  }
  return text;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

/// Tells one boot from another: after a restart of the machine, process ids and their start times
/// begin again.
std::string const& boot_id() {
  static std::string const id = [] {
    std::string text = read_beginning("/proc/sys/kernel/random/boot_id", 64).value_or("");
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }();
  return id;
}

/// The descriptor is opened before the environment is read: if another process gets the number in
/// between, the signal goes nowhere instead of to that process.
bool kill_if_marked(pid_t pid, std::string_view name, std::string_view value) {
  base::UniqueFd const process = base::open_pidfd(pid);
  if (!process.valid()) return false;
  std::optional<std::string> const environment = read_process_file(pid, "environ");
  bool const marked = environment && variable_in(*environment, name) == value;
  return marked && base::send_signal(process.get(), SIGKILL);
}

}  // namespace

std::optional<std::string> read_process_file(pid_t pid, std::string_view name, std::size_t most) {
  return read_beginning(in_proc(pid, name), most);
}

std::optional<ProcessStat> stat_of(pid_t pid) {
  return parse_process_stat(read_process_file(pid, "stat").value_or(""));
}

void for_each_process(std::function<void(pid_t)> const& visit) {
  std::unique_ptr<DIR, CloseDirectory> const proc(opendir("/proc"));
  while (dirent const* const entry = proc ? readdir(proc.get()) : nullptr) {
    std::optional<pid_t> const pid = base::whole_number<pid_t>(entry->d_name);
    if (pid) visit(*pid);
  }
}

std::optional<std::string_view> variable_in(std::string_view environment, std::string_view name) {
  while (!environment.empty()) {
    std::string_view const one = environment.substr(0, environment.find('\0'));
    bool const found = one.size() > name.size() && one.starts_with(name) && one[name.size()] == '=';
    if (found) return one.substr(name.size() + 1);
    environment.remove_prefix(std::min(one.size() + 1, environment.size()));
  }
  return std::nullopt;
}

int kill_processes_with(std::string_view name, std::string_view value) {
  int killed = 0;
  for_each_process([&](pid_t pid) {
    // Never ourselves, whatever our environment says.
    if (pid != getpid() && kill_if_marked(pid, name, value)) ++killed;
  });
  return killed;
}

bool is_running(ProcessIdentity const& identity) {
  std::optional<ProcessStat> const stat = stat_of(identity.pid);
  return stat && !stat->ended && identity_of(identity.pid, *stat) == identity;
}

std::optional<ProcessIdentity> identify(pid_t pid) {
  if (pid <= 0) return std::nullopt;
  std::optional<ProcessStat> const stat = stat_of(pid);
  return stat ? std::optional(identity_of(pid, *stat)) : std::nullopt;
}

ProcessIdentity identity_of(pid_t pid, ProcessStat const& stat) {
  return ProcessIdentity(pid, boot_id() + ":" + std::to_string(stat.start_ticks));
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
  std::uint64_t number = 0;
  for (int field = 4; field <= 22; ++field) {
    std::size_t const space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
    if (field != 4 && field != 5 && field != 22) continue;
    std::optional<std::uint64_t> const value =
        base::whole_number<std::uint64_t>(text.substr(0, text.find_first_of(" \n")));
    if (!value) return std::nullopt;
    number = *value;
    if (field == 4) stat.parent = static_cast<pid_t>(number);
    if (field == 5) stat.group = static_cast<pid_t>(number);
  }
  stat.start_ticks = number;
  return stat;
}

}  // namespace scaleset::backends
