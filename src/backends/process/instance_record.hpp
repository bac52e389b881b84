#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/process/processes.hpp"
#include "scaleset/error.hpp"

namespace scaleset::backends {

/// Where the files of one runner are, below the work folder. The record and the output are outside
/// the runner's folder, so that a job that deletes too much in its workspace does not delete them.
struct InstancePaths {
  InstancePaths() = default;
  InstancePaths(std::filesystem::path const& work_root, std::string const& runner_name);
  std::filesystem::path folder;  // WORK/NAME
  std::filesystem::path record;  // WORK/.scaleset/NAME.instance
  /// WORK/.scaleset/NAME.output: a named pipe for the runner's standard output and error.
  std::filesystem::path output;
};

/// WORK/.scaleset. No runner can have this folder, because no runner's name starts with a dot.
[[nodiscard]] std::filesystem::path control_folder(std::filesystem::path const& work_root);

/// Writes the record of a runner. It is written before anything else of the runner is made and
/// removed after everything else is gone, so that whatever a crash leaves behind can be found.
/// `process` has no value until the process runs. The record holds no secrets.
[[nodiscard]] Result<void> write_record(InstancePaths const& paths,
                                        std::optional<ProcessIdentity> const& process);

struct InstanceRecord {
  InstanceRecord() = default;
  std::string runner_name;
  /// No value if the process never ran, or if we crashed while we started it.
  std::optional<ProcessIdentity> process;
};
/// All records of a work folder, sorted by name. One that cannot be read counts as a record without
/// a process. Errors: backend.
[[nodiscard]] Result<std::vector<InstanceRecord>> read_records(
    std::filesystem::path const& work_root);

/// The text of a record: "process PID BIRTH\n" or "process none\n".
[[nodiscard]] std::string format_record(std::optional<ProcessIdentity> const& process);
/// No value for any other text, and for "process none".
[[nodiscard]] std::optional<ProcessIdentity> parse_record(std::string_view text);

}  // namespace scaleset::backends
