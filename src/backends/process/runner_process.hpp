#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "backends/process/child.hpp"
#include "backends/process/instance_record.hpp"
#include "backends/process/launch.hpp"
#include "backends/runner_output.hpp"

namespace scaleset::backends {

/// One runner of the process backend: its process, the two descriptors that report its end and its
/// output, and what is known about it. Used on the loop's thread; nothing here waits.
class RunnerProcess {
 public:
  RunnerProcess(boost::asio::any_io_executor const& executor,
                std::filesystem::path const& work_root, std::string runner_name,
                InstanceRecord record);

  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  [[nodiscard]] InstancePaths const& paths() const noexcept { return paths_; }
  [[nodiscard]] InstanceRecord const& record() const noexcept { return record_; }
  [[nodiscard]] RunnerOutput const& output() const noexcept { return output_; }
  [[nodiscard]] bool running() const noexcept { return running_; }
  /// 0 if the process never ran.
  [[nodiscard]] pid_t pid() const noexcept { return record_.process ? record_.process->pid : 0; }
  /// The process id; empty if the process never ran.
  [[nodiscard]] std::string reference() const;

  /// Takes over the process that was started for it.
  void take(Launched launched);
  /// Takes over the process that the record names. Afterwards running() says whether it is alive.
  void adopt();
  /// Of a process that has ended: whether it removed its registration's files, which a runner does
  /// after its job (protocol.md D.5). No value: it had no folder any more.
  [[nodiscard]] std::optional<bool> said_goodbye() const noexcept { return said_goodbye_; }
  /// Takes over this one instead, which the record did not name.
  void adopt(ProcessIdentity process);

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
  std::vector<OutputEvent> read_output(bool& more);
  /// Looks whether the process has ended. If it has, its process group is killed and running() is
  /// false from now on.
  [[nodiscard]] bool check_end();
  /// To be called after the end. Returns what the rest of the output says and closes the
  /// descriptors.
  std::vector<OutputEvent> finish_output();
  /// These three are known after the end.
  [[nodiscard]] ExitStatus status() const noexcept { return status_; }
  [[nodiscard]] ExitCause cause() const;
  /// One line for a person.
  [[nodiscard]] std::string reason() const;

  /// What the backend's stop() and a cancellation of its start() leave for a start that is still
  /// under way: it gives up if the program does not run yet, and else ends it.
  std::stop_source stop;
  bool stop_asked = false;

 private:
  void look_for_goodbye();

  std::string name_;
  InstancePaths paths_;
  InstanceRecord record_;
  boost::asio::posix::stream_descriptor exit_pipe_;
  boost::asio::posix::stream_descriptor output_pipe_;
  RunnerOutput output_;
  ExitStatus status_;
  std::optional<bool> said_goodbye_;
  bool running_ = false;
  bool adopted_ = false;
  bool interrupted_ = false;
  bool killed_ = false;
};

}  // namespace scaleset::backends
