#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/owner_key.hpp"
#include "config/daemon_config.hpp"
#include "config/key.hpp"
#include "config/problem.hpp"

namespace scaleset::config {

/// A configuration, and the file's tree, which has the places of all values.
struct Loaded {
  DaemonConfig config;
  Value tree;
  std::vector<Position> unread;  // of keys and values that could not be read
};

/// Reads the text of a file and looks for contradictions in it. Nothing but the text and the time
/// zones of this machine is looked at. Returns all mistakes, in the order of the file. Paths become
/// relative to `folder`.
[[nodiscard]] std::expected<Loaded, std::vector<Problem>> read_config(
    std::string_view text, std::filesystem::path const& folder);

/// The same for a file of at most 1 MiB, relative to whose folder paths are.
[[nodiscard]] std::expected<Loaded, std::vector<Problem>> load_file(
    std::filesystem::path const& file);

/// What is wrong with the files, folders and variables that the configuration names: they must be
/// there or, where the program makes them, in a place where it can; secrets must be usable and not
/// readable for others. Commands are not run.
struct FileProblems {
  std::vector<Problem> errors;
  std::vector<Problem> warnings;
};
/// `environment` is as getenv().
[[nodiscard]] FileProblems problems_of_files(
    Loaded const& loaded, std::function<char const*(char const*)> const& environment);

/// A scale set of the configuration; one for each repository if the table lists some.
struct ServedSet {
  base::OwnerKey owner;
  std::string url;
  std::size_t index = 0;  // in DaemonConfig::scale_sets
};
/// Of one of the repositories that a scale set's table lists.
[[nodiscard]] std::string url_of_repository(std::string_view url, std::string const& repository);
/// Those with a good URL, in the order of the file.
[[nodiscard]] std::vector<ServedSet> served_sets(DaemonConfig const& config);

/// Returns the table that the scale set uses: the one written in it, or the one that it names, or
/// the only one if it names none. Returns null if there is no such table.
[[nodiscard]] CredentialConfig const* credential_of(DaemonConfig const& config,
                                                    ScaleSetConfig const& set);
[[nodiscard]] TemplateConfig const* template_of(DaemonConfig const& config,
                                                ScaleSetConfig const& set);

/// All values of the configuration, with the defaults.
[[nodiscard]] std::vector<Item> items_of(Loaded const& loaded);

}  // namespace scaleset::config
