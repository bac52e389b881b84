#include "config/key.hpp"

#include "base/nearest.hpp"

namespace scaleset::config {

std::string to_string(Problem const& problem, std::string_view file) {
  std::string place(file);
  if (problem.at.line > 0)
    place += ":" + std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column);
  return place + ": " + problem.message;
}

std::string_view to_string(Effect effect) noexcept {
  switch (effect) {
    case Effect::live: return "in force at once";
    case Effect::patch: return "the scale set is changed at the service";
    case Effect::new_runners: return "for new runners; idle ones are replaced one at a time";
    case Effect::restart: return "after a restart; until then the old value counts";
    case Effect::other_set: break;
  }
  return "another scale set is served then";
}

std::string in_quotes(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string result = "\"";
  for (char const letter : text) {
    auto const code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      result += '\\';
      result += letter;
    } else if (code < 0x20 || code == 0x7f) {
      result += std::string("\\u00") + kHex[code / 16U] + kHex[code % 16U];
    } else {
      result += letter;
    }
  }
  return result + "\"";
}

std::string did_you_mean(std::string_view name, std::vector<std::string> const& names) {
  std::string const near = base::nearest(name, names);
  return near.empty() ? "" : "; did you mean " + in_quotes(near) + "?";
}

void report_unknown(Entry const& entry, std::vector<std::string> const& known, Reading& reading) {
  std::string const likely = did_you_mean(entry.key, known);
  std::string text = "there is no key " + in_quotes(entry.key) + " here" + likely;
  if (likely.empty()) {
    text += "; the keys are";
    for (std::string const& key : known) text += (key == known.front() ? " " : ", ") + key;
  }
  reading.problems.push_back({entry.at, text});
}

void report_kind(std::string_view key, std::string_view wanted, Value const& value,
                 Reading& reading) {
  std::string given(kind_of(value));
  // A text may be a secret in the wrong place, so it is not repeated.
  if (auto const* number = std::get_if<std::int64_t>(&value.data)) given = std::to_string(*number);
  reading.problems.push_back(
      {value.at, in_quotes(key) + " must be " + std::string(wanted) + "; this is " + given});
}

void report_missing(std::string_view table, std::string_view key, Value const& value,
                    Reading& reading) {
  reading.problems.push_back({value.at, in_quotes(key) + " is missing in " + in_quotes(table)});
}

}  // namespace scaleset::config
