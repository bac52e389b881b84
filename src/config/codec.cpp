#include "config/codec.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "base/seconds.hpp"
#include "config/units.hpp"
#include "protocol/wire/name_problem.hpp"

namespace scaleset::config {
namespace {

std::string number_text(double number) {
  std::array<char, 32> buffer{};
  auto const written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), written.ptr};
}

/// " from 0 to 10000"
std::string range_text(Range const& range) {
  if (std::isinf(range.most)) return " of " + number_text(range.least) + " or more";
  return " from " + number_text(range.least) + " to " + number_text(range.most);
}

bool holds(Range const& range, double number) {
  return number >= range.least && number <= range.most;
}

std::optional<double> number_in(Value const& value) {
  if (auto const* integer = std::get_if<std::int64_t>(&value.data))
    return static_cast<double>(*integer);
  if (auto const* number = std::get_if<double>(&value.data)) return *number;
  return std::nullopt;
}

template <class Map, class Write>
std::string inline_table(Map const& map, Write write) {
  std::string text;
  for (auto const& [key, value] : map)
    text += (text.empty() ? "{ " : ", ") + in_quotes(key) + " = " + write(value);
  return text.empty() ? "" : text + " }";
}

}  // namespace

void read_value(KeyInfo const& key, Value const& value, bool& into, Reading& reading) {
  auto const* truth = std::get_if<bool>(&value.data);
  if (!truth) return report_kind(key.name, "true or false", value, reading);
  into = *truth;
}

void read_value(KeyInfo const& key, Value const& value, std::int64_t& into, Reading& reading) {
  auto const* number = std::get_if<std::int64_t>(&value.data);
  if (!number || !holds(key.range, static_cast<double>(*number)))
    return report_kind(key.name, "a whole number" + range_text(key.range), value, reading);
  into = *number;
}

void read_value(KeyInfo const& key, Value const& value, double& into, Reading& reading) {
  auto const number = number_in(value);
  if (!number || !std::isfinite(*number) || !holds(key.range, *number))
    return report_kind(key.name, "a number" + range_text(key.range), value, reading);
  into = *number;
}

void read_value(KeyInfo const& key, Value const& value, std::string& into, Reading& reading) {
  auto const* text = std::get_if<std::string>(&value.data);
  if (!text || text->empty())
    return report_kind(key.name, "a text that is not empty, in quotation marks", value, reading);
  // Whatever takes the text would end it there.
  if (text->contains('\0'))
    return report_kind(key.name, "a text without zero bytes", value, reading);
  into = *text;
}

void read_value(KeyInfo const& key, Value const& value, std::filesystem::path& into,
                Reading& reading) {
  std::string text;
  read_value(key, value, text, reading);
  if (text.empty()) return;
  // "C:\runner" has a carriage return in it.
  if (protocol::has_control_characters(text))
    return report_kind(key.name,
                       "a path without control characters (a backslash begins one; between "
                       "apostrophes it does not)",
                       value, reading);
  // A service manager starts us anywhere, so a path is relative to the file that it stands in.
  into = (reading.folder / text).lexically_normal();
}

void read_value(KeyInfo const& key, Value const& value, Duration& into, Reading& reading) {
  auto const* text = std::get_if<std::string>(&value.data);
  auto const time = text ? parse_duration(*text) : std::nullopt;
  if (!time)
    return report_kind(key.name, "a time with its unit, such as \"90s\", \"10m\" or \"1h30m\"",
                       value, reading);
  if (*time == kTooLong)
    return report_kind(key.name, "a time of " + duration_text(base::kLongestTime) + " or less",
                       value, reading);
  Duration const least{static_cast<std::int64_t>(key.range.least)};
  if (*time < least)
    return report_kind(key.name, "a time of " + duration_text(least) + " or more", value, reading);
  into = *time;
}

void read_value(KeyInfo const& key, Value const& value, std::vector<std::string>& into,
                Reading& reading) {
  auto const* values = std::get_if<Value::List>(&value.data);
  if (!values)
    return report_kind(key.name, "a list of texts, such as [\"a\", \"b\"]", value, reading);
  std::vector<std::string> texts;
  for (Value const& element : *values) {
    auto const* text = std::get_if<std::string>(&element.data);
    if (!text || text->empty())
      return report_kind(key.name, "a list of texts that are not empty", element, reading);
    texts.push_back(*text);
  }
  into = std::move(texts);
}

void read_value(KeyInfo const& key, Value const& value, std::map<std::string, std::string>& into,
                Reading& reading) {
  auto const* entries = std::get_if<Value::Table>(&value.data);
  if (!entries)
    return report_kind(key.name, "a table of texts, such as { NAME = \"value\" }", value, reading);
  std::map<std::string, std::string> texts;
  for (Entry const& entry : *entries) {
    auto const* text = std::get_if<std::string>(&entry.value.data);
    if (!text)
      return report_kind(key.name + "." + entry.key, "a text in quotation marks", entry.value,
                         reading);
    texts[entry.key] = *text;
  }
  into = std::move(texts);
}

void read_numbers(std::string_view key, Value const& table, Numbers& into, Reading& reading) {
  std::string const prefix = key.empty() ? "" : std::string(key) + ".";
  for (Entry const& entry : std::get<Value::Table>(table.data)) {
    auto number = number_in(entry.value);
    if (auto const* text = std::get_if<std::string>(&entry.value.data)) number = parse_size(*text);
    if (number && std::isfinite(*number) && *number >= 0)
      into[entry.key] = *number;
    else
      report_kind(prefix + entry.key, "a number of 0 or more, or a size such as \"8GiB\"",
                  entry.value, reading);
  }
}

void read_value(KeyInfo const& key, Value const& value, Numbers& into, Reading& reading) {
  if (!std::holds_alternative<Value::Table>(value.data))
    return report_kind(key.name, "a table of numbers, such as { slots = 1 }", value, reading);
  into.clear();
  read_numbers(key.name, value, into, reading);
}

std::string write_value(bool value) { return value ? "true" : "false"; }
std::string write_value(std::int64_t value) { return std::to_string(value); }
std::string write_value(double value) { return number_text(value); }
std::string write_value(std::string const& value) { return value.empty() ? "" : in_quotes(value); }
std::string write_value(std::filesystem::path const& value) { return write_value(value.string()); }
std::string write_value(Duration value) { return in_quotes(duration_text(value)); }
std::string write_value(std::vector<std::string> const& value) {
  std::string text;
  for (std::string const& element : value) text += (text.empty() ? "" : ", ") + in_quotes(element);
  return "[" + text + "]";
}
std::string write_value(std::map<std::string, std::string> const& value) {
  return inline_table(value, [](std::string const& text) { return in_quotes(text); });
}
std::string write_value(Numbers const& value) { return inline_table(value, number_text); }

}  // namespace scaleset::config
