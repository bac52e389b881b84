#include <CLI/CLI.hpp>
#include <memory>

#include "cli/cli.hpp"
#include "cli/completion.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {

void add_completion_command(CLI::App& app, Action& action) {
  auto shell = std::make_shared<std::string>();
  auto* command = app.add_subcommand("completion", "Print a completion script for a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Example:\n"
      "  scaleset completion bash > /etc/bash_completion.d/scaleset\n"
      "  scaleset completion zsh > \"${fpath[1]}/_scaleset\"\n"
      "  scaleset completion fish > ~/.config/fish/completions/scaleset.fish");
  command->callback([shell, &app, &action] {
    // Make the script now, so that the action does not need the parser.
    auto const words = command_words(app);
    auto const script = *shell == "bash"  ? bash_completion(words)
                        : *shell == "zsh" ? zsh_completion(words)
                                          : fish_completion(words);
    action = [script] {
      auto const printed = print_line(script);
      return printed ? kExitSuccess : report("completion", printed.error());
    };
  });
}

}  // namespace scaleset::cli
