#include "daemon/zombies.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/files.hpp"
#include "base/whole_number.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

constexpr std::chrono::seconds kBetweenLooks{10};
constexpr std::size_t kParent = 1;    // of the fields that follow the name: state, parent, ...
constexpr std::size_t kStarted = 19;  // see proc(5), where it is number 22

std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> fields;
  while (!text.empty()) {
    auto const end = std::min(text.find(' '), text.size());
    fields.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return fields;
}

}  // namespace

std::vector<pid_t> ZombieWatch::look(std::vector<Zombie> now) {
  std::vector<pid_t> found;
  for (Zombie const& one : now) {
    if (std::ranges::find(before_, one) != before_.end()) found.push_back(one.pid);
  }
  before_ = std::move(now);
  return found;
}

Zombie parse_zombie(std::string_view stat, pid_t parent) {
  // The name is in parentheses, and may have any characters, also these.
  auto const name_end = stat.rfind(") ");
  auto const pid = base::whole_number<pid_t>(stat.substr(0, stat.find(' ')));
  if (name_end == std::string_view::npos || !pid) return {};
  auto const fields = fields_of(stat.substr(name_end + 2));
  if (fields.size() <= kStarted || fields.front() != "Z") return {};
  if (base::whole_number<pid_t>(fields[kParent]) != parent) return {};
  return {*pid, base::whole_number<std::uint64_t>(fields[kStarted]).value_or(0)};
}

std::vector<Zombie> own_zombies() {
  namespace fs = std::filesystem;
  std::vector<Zombie> found;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    if (!base::whole_number<pid_t>(entry->path().filename().string())) continue;
    auto const stat = base::read_file(entry->path() / "stat");
    Zombie const zombie = stat ? parse_zombie(*stat, ::getpid()) : Zombie();
    if (zombie.pid != 0) found.push_back(zombie);
  }
  return found;
}

boost::asio::awaitable<void> reap_zombies() {
  ZombieWatch watch;
  for (;;) {
    bool const slept = co_await async::sleep_for(kBetweenLooks);
    if (!slept) co_return;
    for (pid_t const pid : watch.look(own_zombies())) ::waitpid(pid, nullptr, WNOHANG);
  }
}

}  // namespace scaleset::daemon
