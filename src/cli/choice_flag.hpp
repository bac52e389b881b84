#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaleset::cli {

/// Adds a flag that takes one of these words. Anything else is refused while parsing, with the
/// words in the message. `target` must outlive the parsing.
CLI::Option* add_choice(CLI::App& command, std::string const& flag,
                        std::vector<std::string> const& words, std::string& target,
                        std::string const& help);

}  // namespace scaleset::cli
