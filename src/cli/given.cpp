#include "cli/given.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace scaleset::cli {
namespace {

bool in_a_flag(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

}  // namespace

bool is_typed(CLI::App const& command, CLI::Option const& option) {
  auto const& typed = command.parse_order();
  return std::ranges::find(typed, &option) != typed.end();
}

std::vector<CLI::Option*> given(CLI::App const& command, std::vector<CLI::Option*> const& options) {
  std::vector<CLI::Option*> all;
  std::vector<CLI::Option*> typed;
  for (auto* option : options) {
    if (option->count() == 0) continue;
    all.push_back(option);
    if (is_typed(command, *option)) typed.push_back(option);
  }
  return typed.empty() ? all : typed;
}

std::string source_of(CLI::App const& command, CLI::Option const& option) {
  return is_typed(command, option) ? option.get_name() : option.get_envname();
}

std::string listed(std::vector<std::string> const& words, std::string const& last) {
  std::string text;
  for (std::string const& word : words) {
    if (!text.empty()) text += &word == &words.back() ? " " + last + " " : ", ";
    text += word;
  }
  return text;
}

std::vector<std::string> flags_in(std::string const& text) {
  std::vector<std::string> flags;
  for (std::size_t at = text.find("--"); at != std::string::npos; at = text.find("--", at)) {
    auto const end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), in_a_flag);
    std::string flag(text.begin() + static_cast<std::ptrdiff_t>(at), end);
    at += flag.size();
    while (flag.ends_with('-')) flag.pop_back();
    if (flag.size() > 2 && std::ranges::find(flags, flag) == flags.end())
      flags.push_back(std::move(flag));
  }
  return flags;
}

}  // namespace scaleset::cli
