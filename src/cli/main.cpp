#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string_view>

#include "base/core_dump.hpp"
#include "base/signals.hpp"
#include "cli/cli.hpp"
#include "cli/shell_command.hpp"

namespace {

/// If we are started with a standard stream closed, the first file that we open gets its number,
/// and text for standard error would be written into that file.
void open_missing_streams() {
  for (int const stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDWR));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "run") {
    // First, because until then every signal ends this process.
    scaleset::base::take_over_signals();
    scaleset::base::forbid_core_dumps();
  }
  open_missing_streams();
  // Writing to a peer that has gone away must return an error, not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  // The same for a file that grows beyond the limit of `ulimit -f`.
  std::signal(SIGXFSZ, SIG_IGN);
  int const code = scaleset::cli::run(argc, argv);
  scaleset::cli::end_shell_commands();  // such as one for a token that nobody waits for any more
  return code;
}
