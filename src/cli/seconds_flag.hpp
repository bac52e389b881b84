#pragma once

#include <chrono>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaleset::cli {

/// Adds a flag that takes seconds, such as 1.5, and keeps them as milliseconds in `target`, which
/// must outlive the parsing. A value that is not a time, is less than `least` or is more than ten
/// years is refused while parsing; so is one above 0 that would be rounded to 0. The help ends with
/// the default, which is what `target` holds now: "... [60]".
CLI::Option* add_seconds(CLI::App& command, std::string const& flag,
                         std::chrono::milliseconds& target, std::string const& help,
                         std::chrono::milliseconds least = std::chrono::milliseconds(0));

}  // namespace scaleset::cli
