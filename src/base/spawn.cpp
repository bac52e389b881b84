#include "base/spawn.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace scaleset::base {
namespace {

class Attributes {
 public:
  Attributes() {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    // A session has a process group of its own. Asking for both fails with EPERM.
    constexpr short kFlags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    for (int const error :
         {posix_spawnattr_init(&attributes_), posix_spawnattr_setsigmask(&attributes_, &none),
          posix_spawnattr_setsigdefault(&attributes_, &all),
          posix_spawnattr_setflags(&attributes_, kFlags)}) {
      if (error_ == 0) error_ = error;
    }
  }
  Attributes(Attributes const&) = delete;
  Attributes& operator=(Attributes const&) = delete;
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  [[nodiscard]] posix_spawnattr_t const* get() const { return &attributes_; }
  [[nodiscard]] int error() const { return error_; }

 private:
  posix_spawnattr_t attributes_{};
  int error_ = 0;
};

}  // namespace

Spawn::Spawn() {
  check(posix_spawn_file_actions_init(&actions_));
  check(posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0));
}

Spawn::~Spawn() { posix_spawn_file_actions_destroy(&actions_); }

void Spawn::check(int error) {
  if (error_ == 0) error_ = error;
}

void Spawn::input(int descriptor) {
  check(posix_spawn_file_actions_adddup2(&actions_, descriptor, STDIN_FILENO));
}

void Spawn::output(int descriptor) {
  check(posix_spawn_file_actions_adddup2(&actions_, descriptor, STDOUT_FILENO));
}

void Spawn::errors(int descriptor) {
  check(posix_spawn_file_actions_adddup2(&actions_, descriptor, STDERR_FILENO));
}

void Spawn::output_and_errors(std::filesystem::path const& file, int flags) {
  constexpr mode_t owner_alone = 0600;
  check(
      posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, file.c_str(), flags, owner_alone));
  check(posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO));
}

void Spawn::folder(std::filesystem::path const& path) {
  check(posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()));
}

std::expected<pid_t, std::error_code> Spawn::start(std::filesystem::path const& program,
                                                   std::vector<std::string> arguments,
                                                   char* const* environment) {
  check(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  Attributes const attributes;
  check(attributes.error());
  pid_t pid = 0;
  if (error_ == 0) {
    check(posix_spawn(&pid, program.c_str(), &actions_, attributes.get(), pointers.data(),
                      environment));
  }
  if (error_ != 0) return std::unexpected(std::error_code(error_, std::generic_category()));
  return pid;
}

}  // namespace scaleset::base
