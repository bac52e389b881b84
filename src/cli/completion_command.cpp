#include <CLI/CLI.hpp>
#include <memory>

#include "cli/choice_flag.hpp"
#include "cli/cli.hpp"
#include "cli/completion.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {

void add_completion_command(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Print a completion script for a shell");
  add_choice(*command, "SHELL", {"bash", "zsh", "fish"}, *shell, "bash, zsh or fish")->required();
  command->footer(
      "Example:\n"
      "  scaleset completion bash > /etc/bash_completion.d/scaleset\n"
      "  scaleset completion zsh > \"${fpath[1]}/_scaleset\"\n"
      "  scaleset completion fish > ~/.config/fish/completions/scaleset.fish");
  auto const print = [shell, &app] {
    auto const words = command_words(app);
    auto const script = *shell == "bash"  ? bash_completion(words)
                        : *shell == "zsh" ? zsh_completion(words)
                                          : fish_completion(words);
    auto const printed = print_line(script);
    return printed ? kExitSuccess : report("completion", printed.error());
  };
  when_chosen(*command, action, {"completion", {}, print});
}

}  // namespace scaleset::cli
