#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "backends/process/child.hpp"
#include "backends/process/instance_record.hpp"
#include "backends/process/runner_output.hpp"

namespace scaleset::backends {

/// One runner of the process backend: its process, the two descriptors that report its end and its
/// output, and what is known about it. Used on the loop's thread; nothing here waits.
class Instance {
 public:
  Instance(boost::asio::any_io_executor const& executor, std::filesystem::path const& work_root,
           std::string runner_name);

  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  [[nodiscard]] InstancePaths const& paths() const noexcept { return paths_; }
  [[nodiscard]] RunnerOutput const& output() const noexcept { return output_; }
  [[nodiscard]] bool running() const noexcept { return running_; }
  /// The process id; empty if the process never ran.
  [[nodiscard]] std::string reference() const;

  /// Starts the runner's program with this environment and writes the record. After an error no
  /// process runs.
  Result<void> launch(std::vector<Secret> environment, std::optional<rlim_t> descriptor_limit);
  /// Takes over the process that a record names. Afterwards running() says whether it is alive.
  void adopt(std::optional<ProcessIdentity> const& process);

  /// Asks the process to end (protocol.md 11.3). False if it was asked before, or if there is none.
  bool interrupt();
  /// Kills the process and its process group.
  void kill();

  /// Becomes readable when the process has ended.
  [[nodiscard]] boost::asio::posix::stream_descriptor& exit_descriptor() noexcept {
    return exit_pipe_;
  }
  /// Becomes readable when there is output.
  [[nodiscard]] boost::asio::posix::stream_descriptor& output_descriptor() noexcept {
    return output_pipe_;
  }
  /// Reads the output that is there, without waiting, and returns what it says. `more` becomes
  /// false at the end of the output.
  std::vector<InstanceEvent::Kind> read_output(bool& more);
  /// Looks whether the process has ended. If it has, its process group is killed and running() is
  /// false from now on.
  [[nodiscard]] bool check_end();
  /// To be called after the end. Returns what the rest of the output says and closes the
  /// descriptors.
  std::vector<InstanceEvent::Kind> finish_output();
  /// Known after the end.
  [[nodiscard]] ExitStatus status() const noexcept { return status_; }

  /// Set by the backend's stop() and read by its start(), which may still be under way then.
  bool stop_asked = false;

 private:
  Result<void> record_child(pid_t pid);
  void open_output();

  std::string name_;
  InstancePaths paths_;
  std::optional<ProcessIdentity> process_;
  boost::asio::posix::stream_descriptor exit_pipe_;
  boost::asio::posix::stream_descriptor output_pipe_;
  RunnerOutput output_;
  ExitStatus status_;
  bool running_ = false;
  bool interrupted_ = false;
};

}  // namespace scaleset::backends
