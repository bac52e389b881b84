#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/process/processes.hpp"
#include "scaleset/error.hpp"

namespace scaleset::backends {

/// Where everything of one runner lies below the work folder. Record and output lie beside the
/// runner's folder and not inside: a job that clears its workspace too eagerly does not hit them.
struct InstancePaths {
  InstancePaths() = default;
  InstancePaths(std::filesystem::path const& work_root, std::string const& runner_name);
  std::filesystem::path folder;  // WORK/NAME
  std::filesystem::path record;  // WORK/.scaleset/NAME.instance
  std::filesystem::path
      output;  // WORK/.scaleset/NAME.output: a named pipe, the runner's standard output and error
};

/// WORK/.scaleset: cannot be the folder of a runner, as no such name starts with a dot.
[[nodiscard]] std::filesystem::path control_folder(std::filesystem::path const& work_root);

/// The record is written before anything else of the runner is made and removed after everything
/// else is gone: so what a crash at any point leaves behind can be found. Until the process runs it
/// has no identity in it. No secrets.
[[nodiscard]] Result<void> write_record(InstancePaths const& paths,
                                        std::optional<ProcessIdentity> const& process);

struct InstanceRecord {
  InstanceRecord() = default;
  std::string runner_name;
  std::optional<ProcessIdentity>
      process;  // no value: it never ran, or we crashed while starting it
};
/// All records of a work folder, by name; an unreadable one counts as one without a process.
[[nodiscard]] Result<std::vector<InstanceRecord>> read_records(
    std::filesystem::path const& work_root);

/// The text of a record: "process PID BIRTH\n" or "process none\n".
[[nodiscard]] std::string format_record(std::optional<ProcessIdentity> const& process);
[[nodiscard]] std::optional<ProcessIdentity> parse_record(std::string_view text);

}  // namespace scaleset::backends
