#include "cli/list_flag.hpp"

#include <CLI/CLI.hpp>
#include <set>

namespace scaleset::cli {

Result<std::vector<std::string>> read_list(std::string const& text, Case letter_case) {
  std::vector<std::string> elements;
  std::set<std::string> seen;
  for (std::size_t from = 0; from <= text.size();) {
    std::size_t const comma = std::min(text.find(',', from), text.size());
    std::string const element = CLI::detail::trim_copy(text.substr(from, comma - from));
    from = comma + 1;
    if (element.empty())
      return fail(ErrorCode::invalid_argument,
                  "has an empty element; separate the elements by one comma each");
    bool const is_new =
        seen.insert(letter_case == Case::matters ? element : CLI::detail::to_lower(element)).second;
    if (!is_new) return fail(ErrorCode::invalid_argument, "has \"" + element + "\" twice");
    elements.push_back(element);
  }
  return elements;
}

CLI::Option* add_list(CLI::App& command, std::string const& flag, Case letter_case,
                      std::vector<std::string>& target, std::string const& help) {
  auto const keep = [flag, letter_case, &target](std::string const& text) {
    auto list = read_list(text, letter_case);
    if (!list)
      throw CLI::ValidationError(flag + " " + list.error().message,
                                 CLI::ExitCodes::ValidationError);
    target = *std::move(list);
  };
  return command.add_option_function<std::string>(flag, keep, help)->type_name("A,B,...");
}

}  // namespace scaleset::cli
