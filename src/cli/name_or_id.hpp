#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scaleset/error.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaleset::cli {

/// What the user means: by id if `id` is above 0, else by name; neither was given if both are
/// empty.
struct NameOrId {
  std::string name;
  std::int64_t id = 0;
  [[nodiscard]] bool is_given() const { return id > 0 || !name.empty(); }
  /// `"my-set"`, or `with id 5`.
  [[nodiscard]] std::string text() const;
};

/// What is left to do for a subcommand when all its arguments have been parsed. Errors:
/// invalid_options.
using AfterParsing = std::vector<std::function<Result<void>()>>;
/// Does all of it, and returns all that is wrong.
[[nodiscard]] std::vector<Error> finish(AfterParsing const& after);

/// How a subcommand names one scale set or one runner: `word` is its positional argument ("SET") or
/// flag ("--set") with a name, and --name and --id are for every name and every id. A word of
/// digits only is refused, since it may be meant as a name or as an id. Exactly one of the three
/// must be given. `target` must outlive the parsing, and is set by what is added to `after`.
void add_one(CLI::App& command, std::string const& word, std::string const& what, NameOrId& target,
             AfterParsing& after);

/// A flag with a name and `FLAG-id` with a number; one of them may be given. Without either,
/// `target` stays as it is.
void add_group(CLI::App& command, std::string const& flag, std::string const& help,
               NameOrId& target, AfterParsing& after);

}  // namespace scaleset::cli
