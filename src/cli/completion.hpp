#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace scaleset::cli {

/// What a shell needs to know about a subcommand.
struct CommandWords {
  struct Word {
    std::string text;  // "--url" or the name of a subcommand
    std::string description;
    bool takes_value = false;
    bool takes_file = false;  // its value is a path
  };
  std::string path;  // "set create"; empty for the program itself
  std::vector<Word> words;
};

/// `app` itself, then every subcommand below it.
[[nodiscard]] std::vector<CommandWords> command_words(CLI::App const& app);

/// A script that the shell evaluates to complete `scaleset`.
[[nodiscard]] std::string bash_completion(std::vector<CommandWords> const& commands);
[[nodiscard]] std::string zsh_completion(std::vector<CommandWords> const& commands);
[[nodiscard]] std::string fish_completion(std::vector<CommandWords> const& commands);

}  // namespace scaleset::cli
