#include "cli/name_or_id.hpp"

#include <CLI/CLI.hpp>

#include "base/whole_number.hpp"
#include "cli/given.hpp"
#include "cli/number_flag.hpp"

namespace scaleset::cli {
namespace {

using Options = std::vector<CLI::Option*>;

std::vector<std::string> names_of(Options const& options) {
  std::vector<std::string> names;
  names.reserve(options.size());
  for (auto const* option : options) names.push_back(option->get_name());
  return names;
}

/// The one that was given, or null. Errors: invalid_options, if more than one was.
Result<CLI::Option*> the_one_given(CLI::App const& command, Options const& options) {
  auto const chosen = given(command, options);
  if (chosen.size() <= 1) return chosen.empty() ? nullptr : chosen.front();
  std::vector<std::string> sources;
  sources.reserve(chosen.size());
  for (auto const* option : chosen) sources.push_back(source_of(command, *option));
  return fail(ErrorCode::invalid_options, "give only one of " + listed(sources, "or"));
}

void keep(CLI::Option const& option, bool is_id, NameOrId& target) {
  std::string const& text = option.results().front();
  target.name = is_id ? "" : text;
  target.id = is_id ? base::whole_number<std::int64_t>(text).value_or(0) : 0;
}

CLI::Option* add_id(CLI::App& command, std::string const& flag, std::string const& help) {
  // The number is read from the option's result once all are known; here it is checked.
  return add_number(command, flag, kId, [](std::uint64_t) {}, help);
}

std::string refuse_digits(std::string& word) {
  if (word.find_first_not_of("0123456789") != std::string::npos) return "";
  return "\"" + word + "\" may be an id or a name; give --id " + word + " or --name " + word;
}

}  // namespace

std::string NameOrId::text() const {
  return id > 0 ? "with id " + std::to_string(id) : "\"" + name + "\"";
}

void add_one(CLI::App& command, std::string const& word, std::string const& what, NameOrId& target,
             AfterParsing& after) {
  auto* const by_word = command.add_option(word)->description(
      "Name of the " + what + "; if it consists of digits, use --name");
  by_word->type_name("NAME")->check(CLI::Validator(refuse_digits, ""));
  auto* const by_name =
      command.add_option("--name")->description("The " + what + " with this name");
  by_name->type_name("NAME");
  auto* const by_id = add_id(command, "--id", "The " + what + " with this id");
  after.emplace_back([&command, &target, what, by_id, options = Options{by_word, by_name, by_id}] {
    auto const chosen = the_one_given(command, options);
    if (!chosen) return Result<void>(std::unexpected(chosen.error()));
    if (*chosen == nullptr)
      return Result<void>(fail(ErrorCode::invalid_options,
                               "which " + what + "? give " + listed(names_of(options), "or")));
    keep(**chosen, *chosen == by_id, target);
    return Result<void>();
  });
}

void add_group(CLI::App& command, std::string const& flag, std::string const& help,
               NameOrId& target, AfterParsing& after) {
  auto* const by_name = command.add_option(flag)->description(help);
  by_name->type_name("NAME");
  auto* const by_id = add_id(command, flag + "-id", "Id of that runner group, instead of " + flag);
  after.emplace_back([&command, &target, by_id, options = Options{by_name, by_id}] {
    auto const chosen = the_one_given(command, options);
    if (!chosen) return Result<void>(std::unexpected(chosen.error()));
    if (*chosen != nullptr) keep(**chosen, *chosen == by_id, target);
    return Result<void>();
  });
}

std::vector<Error> finish(AfterParsing const& after) {
  std::vector<Error> problems;
  for (auto const& step : after) {
    if (auto done = step(); !done) problems.push_back(std::move(done.error()));
  }
  return problems;
}

}  // namespace scaleset::cli
