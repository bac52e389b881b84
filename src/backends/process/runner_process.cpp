#include "backends/process/runner_process.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "base/pidfd.hpp"

namespace scaleset::backends {

RunnerProcess::RunnerProcess(boost::asio::any_io_executor const& executor,
                             std::filesystem::path const& work_root, std::string runner_name,
                             InstanceRecord record)
    : name_(std::move(runner_name)),
      paths_(work_root, name_),
      record_(std::move(record)),
      exit_pipe_(executor),
      output_pipe_(executor) {}

void RunnerProcess::take(Launched launched) {
  record_.process = std::move(launched.process);
  exit_pipe_.assign(launched.end.release());
  output_pipe_.assign(launched.output.release());
  running_ = true;
}

void RunnerProcess::adopt() {
  adopted_ = true;
  look_for_goodbye();
  if (!record_.process) return;
  base::UniqueFd pidfd = base::open_pidfd(record_.process->pid);
  if (!pidfd.valid()) return;
  // The identity is checked after the descriptor was opened: only then is it certain that the
  // descriptor stands for this process and not for a later one with the same number.
  bool const same = identify(record_.process->pid) == record_.process;
  running_ = same && is_running(*record_.process);
  if (running_) {
    exit_pipe_.assign(pidfd.release());
    base::UniqueFd output = open_output(paths_);
    if (output.valid()) output_pipe_.assign(output.release());
    return;
  }
  // It may be our own child, if this process has created a backend before.
  if (same) status_ = child_end(pidfd.get(), false).status;
}

void RunnerProcess::adopt(ProcessIdentity process) {
  record_.process = std::move(process);
  adopt();
}

bool RunnerProcess::interrupt() {
  // A second request has no effect: the grace time runs from the first one.
  if (!running_ || std::exchange(interrupted_, true)) return false;
  return base::send_signal(exit_pipe_.native_handle(), SIGINT);
}

void RunnerProcess::kill() {
  if (!running_) return;
  killed_ = true;
  // The group has its leader's number, which nobody else gets while the leader lives.
  if (base::send_signal(exit_pipe_.native_handle(), SIGKILL)) ::kill(-pid(), SIGKILL);
}

bool RunnerProcess::check_end() {
  if (!running_) return true;
  ChildEnd const end = child_end(exit_pipe_.native_handle(), true);
  if (!end.ended) return false;
  status_ = end.status;
  bool const ours = status_.code || status_.signal;
  if (ours) {
    // The group is killed now, while our zombie still holds its number. For a runner that we
    // adopted there is no such moment; its processes are found by their environment
    // (clear_instance).
    ::kill(-pid(), SIGKILL);
    static_cast<void>(child_end(exit_pipe_.native_handle(), false));
  }
  running_ = false;
  look_for_goodbye();
  return true;
}

/// A runner removes this file after its job.
void RunnerProcess::look_for_goodbye() {
  std::error_code error;
  if (std::filesystem::is_directory(paths_.folder, error))
    said_goodbye_ = !std::filesystem::exists(paths_.folder / ".runner", error);
}

std::vector<OutputEvent> RunnerProcess::read_output(bool& more) {
  constexpr int most_reads = 64;  // then everything else on the loop gets its turn
  std::vector<OutputEvent> events;
  std::array<char, 16384> buffer{};
  more = output_pipe_.is_open();
  for (int reads = 0; more && reads < most_reads; ++reads) {
    ssize_t const size = read(output_pipe_.native_handle(), buffer.data(), buffer.size());
    // Nothing to read now.
    if (size < 0) return events;
    more = size > 0;
    std::string_view const bytes(buffer.data(), static_cast<std::size_t>(size));
    std::vector<OutputEvent> const some = output_.take(bytes);
    events.insert(events.end(), some.begin(), some.end());
  }
  return events;
}

std::vector<OutputEvent> RunnerProcess::finish_output() {
  bool more = false;
  std::vector<OutputEvent> events = read_output(more);
  std::vector<OutputEvent> const last = output_.finish();
  events.insert(events.end(), last.begin(), last.end());
  boost::system::error_code ignored;
  output_pipe_.close(ignored);
  exit_pipe_.close(ignored);
  return events;
}

ExitCause RunnerProcess::cause() const {
  bool const ours =
      (status_.signal == SIGKILL && killed_) || (status_.signal == SIGINT && interrupted_);
  return cause_of(status_, output_.cause(), ours, adopted_);
}

std::string RunnerProcess::reason() const { return describe_exit(status_, output_, stop_asked); }

std::string RunnerProcess::reference() const {
  return record_.process ? std::to_string(record_.process->pid) : std::string();
}

}  // namespace scaleset::backends
