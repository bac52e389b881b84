#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/process/processes.hpp"
#include "base/owner_key.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

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

/// What is on disk about a runner: whose it is, as what it is registered, and its process. It holds
/// no secrets.
struct InstanceRecord {
  InstanceRecord() = default;
  base::OwnerKey owner;
  std::optional<RunnerId> runner;  // no value: recorded by an earlier version
  std::optional<ScaleSetId> scale_set;
  /// No value if the process never ran, or if we crashed while we started it.
  std::optional<ProcessIdentity> process;
  friend bool operator==(InstanceRecord const&, InstanceRecord const&) = default;
};

/// Writes the record of a runner. It is written before anything else of the runner is made and
/// removed after everything else is gone, so that whatever a crash leaves behind can be found.
/// Blocks, but does not wait for the disk (ADR 52). Errors: io.
[[nodiscard]] Result<void> write_record(InstancePaths const& paths, InstanceRecord const& record);
/// Adds the process to a record that was written without one, in the file that is there. Blocks.
/// Errors: io.
[[nodiscard]] Result<void> record_process(InstancePaths const& paths, InstanceRecord const& record);

struct FoundRecord {
  explicit FoundRecord(std::string name, Result<InstanceRecord> found)
      : runner_name(std::move(name)), record(std::move(found)) {}
  std::string runner_name;
  Result<InstanceRecord> record;  // the error says why nobody may act on it
};
/// All records of a work folder, sorted by name. Those of an earlier version, which had no owner,
/// get `owner`. Errors: backend.
[[nodiscard]] Result<std::vector<FoundRecord>> read_records(std::filesystem::path const& work_root,
                                                            base::OwnerKey const& owner);

/// The text of a record: "scaleset-instance 2", then lines with a key and a value each, which is
/// percent-encoded.
[[nodiscard]] std::string format_record(InstanceRecord const& record);
/// Reads that text, and that of the earlier version ("process PID BIRTH" or "process none"), which
/// gives a record without an owner, as an empty text does. A text that was cut off gives what it
/// still says: its runner is ours, and its process is found by its folder. Errors: backend, if the
/// text is damaged or of a newer version.
[[nodiscard]] Result<InstanceRecord> parse_record(std::string_view text);

}  // namespace scaleset::backends
