#pragma once

#include <string>
#include <string_view>

#include "config/load.hpp"

namespace scaleset::config {

/// The whole configuration, with the defaults and where each value comes from: a line each,
/// "max_runners = 10  # default" or "# FILE:12". It can be read as a configuration again. Secrets
/// are not in it, only where they are.
[[nodiscard]] std::string show(Loaded const& loaded, std::string_view file);

/// The keys as Markdown: a table for each table of the file.
[[nodiscard]] std::string reference();

/// A JSON schema (draft 2020-12) of the file, for editors.
[[nodiscard]] std::string json_schema();

/// What the sample is made for.
struct SampleAnswers {
  std::string url = "https://github.com/my-org";
  std::string name = "linux";
  std::string group = "default";
  std::string token_file = "/etc/scaleset/token";
  std::string runner_dir = "/opt/actions-runner";
  std::int64_t max_runners = 10;
};
/// A file for one scale set, with comments.
[[nodiscard]] std::string sample(SampleAnswers const& answers);

}  // namespace scaleset::config
