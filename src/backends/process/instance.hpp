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

/// One runner of the process backend: its process, the two descriptors by which we hear of it, and
/// what is known. Used on the loop's thread; nothing here waits.
class Instance {
 public:
  Instance(boost::asio::any_io_executor const& executor, std::filesystem::path const& work_root,
           std::string runner_name);

  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  [[nodiscard]] InstancePaths const& paths() const noexcept { return paths_; }
  [[nodiscard]] RunnerOutput const& output() const noexcept { return output_; }
  [[nodiscard]] bool running() const noexcept { return running_; }
  /// The process id; empty: it never ran.
  [[nodiscard]] std::string reference() const;

  /// Runs the program below the folder with this environment and writes the record. On an error
  /// nothing runs.
  Result<void> launch(std::vector<Secret> environment);
  /// Takes over what a record of an earlier process tells. It runs afterwards if it lives.
  void adopt(std::optional<ProcessIdentity> const& process);

  /// Asks the process to end (spec 11.3). False: it has been asked before, or there is none.
  bool interrupt();
  /// Ends it and its process group now.
  void kill();

  /// Becomes readable when the process has ended.
  [[nodiscard]] boost::asio::posix::stream_descriptor& exit_descriptor() noexcept {
    return exit_pipe_;
  }
  /// Becomes readable when there is output.
  [[nodiscard]] boost::asio::posix::stream_descriptor& output_descriptor() noexcept {
    return output_pipe_;
  }
  /// What the output there is says, without waiting. `more` becomes false at its end.
  std::vector<InstanceEvent::Kind> read_output(bool& more);
  /// Whether the process has ended: nothing of its group runs then, and it is no longer running().
  [[nodiscard]] bool check_end();
  /// After the end: what the rest of the output says. Closes the descriptors.
  std::vector<InstanceEvent::Kind> finish_output();
  /// After the end.
  [[nodiscard]] ExitStatus status() const noexcept { return status_; }

  /// Set by stop(), read by start(): the two may overlap.
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
