#include "cli/gc_text.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <map>

#include "cli/json_members.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kIndent = "    ";

/// "scale_set" is for programs.
std::string in_words(std::string kind) {
  std::ranges::replace(kind, '_', ' ');
  return kind;
}

std::string finding_text(json::value const& finding) {
  std::string text = text_of(finding, "action") + ": " + in_words(text_of(finding, "kind")) + " " +
                     text_of(finding, "name") + "\n";
  text.append(kIndent).append(text_of(finding, "reason")).append("\n");
  if (auto const why = text_of(finding, "why"); !why.empty())
    text.append(kIndent).append("why it is kept: ").append(why).append("\n");
  return text;
}

}  // namespace

std::string gc_text(json::value const& findings) {
  auto const* const list = findings.if_array();
  if (list == nullptr || list->empty())
    return "nothing is left of scale sets that nobody serves any more\n";
  std::string text;
  std::map<std::string, int> counts;  // by action
  for (json::value const& finding : *list) {
    text += finding_text(finding);
    ++counts[text_of(finding, "action")];
  }
  std::string summary;
  for (auto const& [action, count] : counts)
    summary += (summary.empty() ? "" : ", ") + std::to_string(count) + " " + action;
  if (counts.contains("would be deleted")) summary += "; nothing is deleted without --yes";
  return text + "\n" + summary + "\n";
}

}  // namespace scaleset::cli
