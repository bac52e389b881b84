#include "backends/process/instance.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "base/pidfd.hpp"
#include "base/resource_limit.hpp"

namespace scaleset::backends {
namespace {

Result<void> failed(std::string const& what, int error) {
  return fail(ErrorCode::backend, what + ": " + base::system_error_text(error));
}

}  // namespace

Instance::Instance(boost::asio::any_io_executor const& executor,
                   std::filesystem::path const& work_root, std::string runner_name)
    : name_(std::move(runner_name)),
      paths_(work_root, name_),
      exit_pipe_(executor),
      output_pipe_(executor) {}

Result<void> Instance::launch(std::vector<Secret> environment,
                              std::optional<rlim_t> descriptor_limit) {
  open_output();  // before the process starts, so that nothing it writes can be missed
  if (!output_pipe_.is_open()) return failed("cannot open " + paths_.output.string(), errno);
  ChildPlan plan;
  plan.executable = paths_.folder / "bin" / "Runner.Listener";
  plan.arguments = {"run"};
  plan.environment = std::move(environment);
  plan.folder = paths_.folder;
  plan.output = paths_.output;
  plan.descriptor_limit = descriptor_limit;
  Result<pid_t> const pid = spawn_child(plan);
  if (!pid) return std::unexpected(pid.error());
  Result<void> recorded = record_child(*pid);
  if (recorded) return recorded;
  // Without a record, the next start could not adopt it: rather no runner than one that nobody
  // knows.
  ::kill(-*pid, SIGKILL);
  waitpid(*pid, nullptr, 0);
  return recorded;
}

Result<void> Instance::record_child(pid_t pid) {
  base::UniqueFd pidfd = base::open_pidfd(pid);
  if (!pidfd.valid()) return failed("cannot watch process " + std::to_string(pid), errno);
  exit_pipe_.assign(pidfd.release());
  process_ = identify(pid);
  if (!process_) return failed("cannot read /proc/" + std::to_string(pid) + "/stat", ENOENT);
  Result<void> written = write_record(paths_, process_);
  running_ = written.has_value();
  return written;
}

void Instance::adopt(std::optional<ProcessIdentity> const& process) {
  process_ = process;
  if (!process_) return;
  base::UniqueFd pidfd = base::open_pidfd(process_->pid);
  if (!pidfd.valid()) return;
  // The identity is checked after the descriptor was opened: only then is it certain that the
  // descriptor stands for this process and not for a later one with the same number.
  bool const same = identify(process_->pid) == process_;
  running_ = same && is_running(*process_);
  if (running_) {
    exit_pipe_.assign(pidfd.release());
    open_output();
    return;
  }
  // It may be our own child, if this process has created a backend before.
  if (same) status_ = child_end(pidfd.get(), false).status;
}

void Instance::open_output() {
  // For reading without waiting for a writer. The runner has the pipe open for reading as well, so
  // that it lives on without us (ADR 40).
  int const fd = open(paths_.output.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0) output_pipe_.assign(fd);
}

bool Instance::interrupt() {
  // A second request has no effect: the grace time runs from the first one.
  if (!running_ || std::exchange(interrupted_, true)) return false;
  return base::send_signal(exit_pipe_.native_handle(), SIGINT);
}

void Instance::kill() {
  if (!running_) return;
  // The group has its leader's number, which nobody else gets while the leader lives.
  if (base::send_signal(exit_pipe_.native_handle(), SIGKILL)) ::kill(-process_->pid, SIGKILL);
}

bool Instance::check_end() {
  if (!running_) return true;
  ChildEnd const end = child_end(exit_pipe_.native_handle(), true);
  if (!end.ended) return false;
  status_ = end.status;
  bool const ours = status_.code || status_.signal;
  if (ours) {
    // The group is killed now, while our zombie still holds its number. For a runner that we
    // adopted there is no such moment; its processes are found by their environment
    // (clear_instance).
    ::kill(-process_->pid, SIGKILL);
    static_cast<void>(child_end(exit_pipe_.native_handle(), false));
  }
  running_ = false;
  return true;
}

std::vector<InstanceEvent::Kind> Instance::read_output(bool& more) {
  constexpr int most_reads = 64;  // then everything else on the loop gets its turn
  std::vector<InstanceEvent::Kind> events;
  std::array<char, 16384> buffer{};
  more = output_pipe_.is_open();
  for (int reads = 0; more && reads < most_reads; ++reads) {
    ssize_t const size = read(output_pipe_.native_handle(), buffer.data(), buffer.size());
    // Nothing to read now.
    if (size < 0) return events;
    more = size > 0;
    std::string_view const bytes(buffer.data(), static_cast<std::size_t>(size));
    std::vector<InstanceEvent::Kind> const some = output_.take(bytes);
    events.insert(events.end(), some.begin(), some.end());
  }
  return events;
}

std::vector<InstanceEvent::Kind> Instance::finish_output() {
  bool more = false;
  std::vector<InstanceEvent::Kind> events = read_output(more);
  std::vector<InstanceEvent::Kind> const last = output_.finish();
  events.insert(events.end(), last.begin(), last.end());
  boost::system::error_code ignored;
  output_pipe_.close(ignored);
  exit_pipe_.close(ignored);
  return events;
}

std::string Instance::reference() const {
  return process_ ? std::to_string(process_->pid) : std::string();
}

}  // namespace scaleset::backends
