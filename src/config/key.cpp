#include "config/key.hpp"

#include <algorithm>

#include "base/nearest.hpp"
#include "config/codec.hpp"
#include "config/units.hpp"
#include "config/unknown_key.hpp"

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

namespace {

/// A text may be a secret in the wrong place, so it is not repeated.
std::string found_instead(Value const& value) {
  if (auto const* number = std::get_if<std::int64_t>(&value.data)) return std::to_string(*number);
  if (auto const* number = std::get_if<double>(&value.data)) {
    // A whole one would look like a whole number.
    std::string const text = write_value(*number);
    bool const is_whole = text.find_first_not_of("-0123456789") == std::string::npos;
    return is_whole ? text + ".0" : text;
  }
  if (auto const* truth = std::get_if<bool>(&value.data)) return *truth ? "true" : "false";
  auto const* text = std::get_if<std::string>(&value.data);
  if (text == nullptr) return std::string(kind_of(value));
  if (text->empty()) return "an empty text";
  if (parse_duration(*text)) return in_quotes(*text);
  bool const is_number = text->find_first_not_of("0123456789.-") == std::string::npos;
  return is_number ? "a number in quotation marks" : "a text";
}

}  // namespace

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

std::string report_unknown(Entry const& entry, std::vector<std::string> const& known,
                           Reading& reading) {
  auto unknown = unknown_key(entry.key, known);
  reading.problems.push_back(
      {entry.at, "there is no key " + in_quotes(entry.key) + " here" + unknown.advice});
  reading.unread.push_back(entry.at);
  return std::move(unknown.meant);
}

void report_kind(std::string_view key, std::string_view wanted, Value const& value,
                 Reading& reading, std::string_view advice) {
  reading.problems.push_back({value.at, in_quotes(key) + " must be " + std::string(wanted) +
                                            "; this is " + found_instead(value) +
                                            std::string(advice)});
  reading.unread.push_back(value.at);
}

bool belongs_to_a_table_without_name(Entry const& entry, std::vector<KeyInfo> const& keys) {
  auto const* entries = std::get_if<Value::Table>(&entry.value.data);
  if (entries == nullptr) return true;
  auto const has = [](std::vector<KeyInfo> const& infos, std::string const& name) {
    return std::ranges::find(infos, name, &KeyInfo::name) != infos.end();
  };
  // [credential.token] may be a credential that is called so, unless what stands in it is a
  // token's.
  auto const found = std::ranges::find(keys, entry.key, &KeyInfo::name);
  return found != keys.end() && std::ranges::any_of(*entries, [&](Entry const& inner) {
           return has(found->keys, inner.key) && !has(keys, inner.key);
         });
}

void report_nameless(std::string_view key, Value const& value, Reading& reading) {
  std::string const name(key);
  reading.problems.push_back({value.at, "[" + name + "] has no name; write [" + name +
                                            ".main], or another name of yours"});
  reading.unread.push_back(value.at);
}

void report_missing(std::string_view table, std::string_view key, Value const& value,
                    Reading& reading) {
  reading.problems.push_back({value.at, in_quotes(key) + " is missing in " + in_quotes(table)});
}

}  // namespace scaleset::config
