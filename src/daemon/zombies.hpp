#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "scaleset/async/scope.hpp"

namespace scaleset::daemon {

/// A child of ours that has ended and that nobody has waited for.
struct Zombie {
  Zombie() = default;
  Zombie(pid_t id, std::uint64_t start) : pid(id), started(start) {}
  pid_t pid = 0;
  std::uint64_t started = 0;  // so that another process with the same number is not taken for it
  friend bool operator==(Zombie const&, Zombie const&) = default;
};

/// Which zombies are to be waited for by a process that is PID 1 and so gets the children of all
/// processes that end before them. Pure. A child that we have started ourselves is waited for by
/// whoever has started it, within moments. So only what was a zombie at the last look as well is
/// nobody's.
class ZombieWatch {
 public:
  [[nodiscard]] std::vector<pid_t> look(std::vector<Zombie> now);

 private:
  std::vector<Zombie> before_;
};

/// What a line of /proc/PID/stat says, if it is of a zombie whose parent is `parent`; else the
/// number is 0.
[[nodiscard]] Zombie parse_zombie(std::string_view stat, pid_t parent);
/// The zombies among the children of this process. Looks at /proc, whose files wait for no disk.
[[nodiscard]] std::vector<Zombie> own_zombies();

/// Every 10 s, until the scope of the coroutine is stopped.
boost::asio::awaitable<void> reap_zombies();

}  // namespace scaleset::daemon
