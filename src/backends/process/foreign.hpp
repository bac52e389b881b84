#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "backends/process/instance_record.hpp"
#include "backends/process/runner_programs.hpp"
#include "base/log.hpp"

namespace scaleset::backends {

/// An instance in our work folder that is not ours: of another owner, or with a record that we
/// cannot read. It is shown and left alone.
struct Foreign {
  enum class Kind : std::uint8_t { of_another, unreadable };
  Foreign(FoundRecord const& found, std::filesystem::path const& work_root);
  Kind kind = Kind::of_another;
  std::string runner_name;
  InstancePaths paths;
  InstanceRecord record;  // empty if it could not be read
  std::string why;        // it is not ours, for a person
};

/// Those that still have a record, each with a fresh look at whether it runs. Blocks briefly.
[[nodiscard]] std::vector<Instance> look_at(std::vector<Foreign> const& all,
                                            ProcessView const& processes);

/// Logs one line for each kind, which names the first few.
void report(std::vector<Foreign> const& all, std::filesystem::path const& work_root,
            base::Logger const& log);

}  // namespace scaleset::backends
