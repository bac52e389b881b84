#include "base/toml_mistake.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.hpp"
#include "base/log_format.hpp"
#include "base/toml_scan.hpp"

namespace scaleset::base {
namespace {

constexpr std::size_t kLongestKey = 40;  // that is repeated; what is longer may be a secret

/// All that the explanations look at.
struct Place {
  std::string_view text;
  std::size_t offset;  // where the library stopped
  std::string_view description;
  TomlScan scan;

  [[nodiscard]] bool says(std::string_view words) const { return description.contains(words); }
  [[nodiscard]] std::string_view rest() const { return text.substr(offset); }
};

TomlMistake at(Place const& place, std::size_t offset, std::string message) {
  return {position_in(place.text, offset), std::move(message)};
}
TomlMistake here(Place const& place, std::string message) {
  return at(place, place.offset, std::move(message));
}

/// "the value of "name""
std::string value_of(std::string const& key) {
  if (key.empty() || key.size() > kLongestKey) return "the value";
  return "the value of \"" + printable_text(key) + "\"";
}
/// "name = "; empty if the key is not known.
std::string assignment(std::string const& key) {
  return key.empty() || key.size() > kLongestKey ? "" : printable_text(key) + " = ";
}

std::string number_text(int number) { return std::to_string(number); }

std::string place_text(Place const& place, std::size_t offset) {
  auto const position = position_in(place.text, offset);
  return "line " + number_text(position.line) + ", column " + number_text(position.column);
}

/// The word in apostrophes behind the others, as in "cannot redefine existing table 'a.b'".
std::string quoted_name(std::string_view description) {
  auto const first = description.find('\'');
  auto const last = description.rfind('\'');
  if (first == std::string_view::npos || last <= first) return "";
  return std::string(description.substr(first + 1, last - first - 1));
}

// Texts and other values.

/// What begins where the value does, up to what ends a value.
std::string_view word_of(Place const& place) {
  std::size_t const begin = std::min(place.scan.value, place.text.size());
  std::string_view const word = place.text.substr(begin);
  std::string_view const cut = word.substr(0, word.find_first_of(",]}#\r\n \t"));
  return cut.substr(0, cut.find_last_not_of(';') + 1);
}

bool begins_with_typographic_mark(std::string_view word) {
  constexpr auto kMarks = std::to_array<std::string_view>(
      {"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e", "\xe2\x80\x98", "\xe2\x80\x99", "\xc2\xab"});
  return std::ranges::any_of(kMarks, [&](std::string_view mark) { return word.starts_with(mark); });
}

/// True for "5m" and "8GiB", which are no secrets.
bool is_number_with_unit(std::string_view word) {
  constexpr std::size_t kMost = 10;
  return word.size() <= kMost && !word.empty() && word[0] >= '0' && word[0] <= '9' &&
         std::ranges::all_of(word, is_ascii_word);
}

std::string mend_of_word(Place const& place) {
  std::string_view const word = word_of(place);
  std::string const lower = ascii_lower(word);
  auto const& brackets = place.scan.brackets;
  bool const in_list = !brackets.empty() && place.text[brackets.back()] == '[';
  std::string const key = in_list ? "" : assignment(place.scan.key);
  if (begins_with_typographic_mark(word))
    return "its quotation marks are typographic ones; put a text into plain ones: " + key +
           "\"...\"";
  if (lower == "true" || lower == "yes" || lower == "on") return "write true";
  if (lower == "false" || lower == "no" || lower == "off") return "write false";
  std::string const shown = is_number_with_unit(word) ? std::string(word) : "...";
  return "put quotation marks around a text: " + key + "\"" + shown + "\"";
}

TomlMistake no_value(Place const& place) {
  std::size_t const begin = place.scan.value == TomlScan::kNone ? place.offset : place.scan.value;
  return at(place, begin, value_of(place.scan.key) + " cannot be read; " + mend_of_word(place));
}

std::optional<TomlMistake> about_numbers(Place const& place) {
  if (place.says("leading zeroes"))
    return here(place, value_of(place.scan.key) +
                           " is a number that begins with 0; leave the zeros out, or put quotation "
                           "marks around a text");
  if (place.says("not representable"))
    return at(place, std::min(place.scan.value, place.offset),
              value_of(place.scan.key) + " is too large a number");
  if (place.rest().starts_with(';'))
    return here(place, "nothing ends a value but the end of the line; leave the semicolon out");
  return std::nullopt;
}

std::optional<TomlMistake> about_texts(Place const& place) {
  bool const is_text = place.says("parsing string") || place.says("literal string");
  if (!is_text) return std::nullopt;
  bool const at_end = place.offset >= place.text.size() || place.rest().starts_with('\n') ||
                      place.rest().starts_with("\r\n") || place.says("end-of-file");
  // One more byte, so that the scan sees the end of the line, too.
  auto const scan = scan_toml(place.text, place.offset + 1);
  if (at_end && scan.quote != TomlScan::kNone) {
    std::string_view const rest = place.text.substr(scan.quote);
    bool const is_long = rest.starts_with("\"\"\"") || rest.starts_with("'''");
    return at(place, scan.quote,
              "this text has no closing quotation mark; put " +
                  std::string(rest.substr(0, is_long ? 3 : 1)) + " at its end");
  }
  if (place.says("control character"))
    return here(place, "there is a control character in this text; leave it out");
  if (place.says("escape"))
    return here(
        place,
        "a backslash begins an escape, and this is none; write \\\\ for a backslash, or put "
        "the text between apostrophes: '...'");
  return std::nullopt;
}

// Keys and tables.

/// The line before the place that has the heading; 0 if none has.
int line_of_heading(Place const& place, std::string const& name) {
  std::string_view const before = place.text.substr(0, place.offset);
  for (std::string const& heading : {"[" + name + "]", "[[" + name + "]]"})
    for (std::size_t from = 0; (from = before.find(heading, from)) != std::string_view::npos;
         ++from)
      if (from == 0 || before[from - 1] == '\n') return position_in(before, from).line;
  return 0;
}

/// The line before the place, in the same table, that has the key; 0 if none has.
int line_of_key(Place const& place, std::string const& key) {
  std::string_view const before = place.text.substr(0, place.offset);
  int found = 0;
  int number = 0;
  int const own = position_in(place.text, place.offset).line;
  for (std::size_t from = 0; from <= before.size();) {
    std::size_t const end = std::min(before.find('\n', from), before.size());
    std::string_view line = before.substr(from, end - from);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    from = end + 1;
    ++number;
    if (line.starts_with('[')) found = 0;
    bool const is_key = line.starts_with(key) && line.size() > key.size() &&
                        std::string_view(" \t=").contains(line[key.size()]);
    if (is_key && number < own && found == 0) found = number;
  }
  return found;
}

std::string first_line(int line) {
  return line > 0 ? ", the first time in line " + number_text(line) : "";
}

TomlMistake about_repetition(Place const& place) {
  std::string const name = printable_text(quoted_name(place.description));
  bool const is_heading = place.says("table header");
  if (place.says("inline table"))
    return here(place, "\"" + name +
                           "\" belongs to a table that is complete in its braces; write it inside "
                           "them");
  if (place.says("as array-of-tables") || place.says("existing array"))
    return here(place, "\"" + name + "\" is a table in one place ([" + name +
                           "]) and a list of tables in another ([[" + name +
                           "]]); write the brackets in the same way");
  if (is_heading && place.says("existing table"))
    return here(place, "[" + name + "] is there twice" + first_line(line_of_heading(place, name)) +
                           "; write its keys below one heading, or give the second table another "
                           "name");
  if (is_heading || place.says("dotted"))
    return here(place, "this makes a table of a key that has a value above; remove one of the two");
  return here(place, "the key \"" + name + "\" is there twice" +
                         first_line(line_of_key(place, name)) + "; remove one of them");
}

TomlMistake about_missing_sign(Place const& place) {
  if (place.rest().starts_with(':'))
    return here(place, "between a key and its value stands =, not a colon");
  return here(place,
              "behind a key stands = and its value, as in name = \"linux\"; a key has no space in "
              "it");
}

TomlMistake about_heading(Place const& place) {
  std::size_t const line = place.text.rfind('\n', place.offset == 0 ? 0 : place.offset - 1);
  std::size_t const begin = line == std::string_view::npos ? 0 : line + 1;
  bool const is_list = place.text.substr(begin).starts_with("[[");
  return at(place, begin,
            std::string("the heading of a table must end in its line with ") +
                (is_list ? "]], as in [[scale_set]]" : "], as in [template.linux]"));
}

TomlMistake about_braces(Place const& place) {
  if (place.says("dangling comma"))
    return here(place, "a table in braces has no comma behind its last value; leave it out");
  std::size_t const begin = place.scan.brackets.empty() ? place.offset : place.scan.brackets.back();
  return at(place, begin,
            "a table in braces must end with } in the line in which it begins, with commas between "
            "its values");
}

TomlMistake about_list(Place const& place) {
  std::size_t const begin = place.scan.brackets.empty() ? place.offset : place.scan.brackets.back();
  return here(place, "the list that begins in " + place_text(place, begin) +
                         " has no ] before this, or there is no comma between two of its values");
}

TomlMistake about_what_follows(Place const& place) {
  std::string_view const word = word_of(place);
  bool const is_quoted = word.starts_with('"') || word.starts_with('\'');
  // What begins like a number and goes on as none is a text without quotation marks.
  if (!is_quoted && place.scan.value != TomlScan::kNone &&
      place.offset <= place.scan.value + word.size())
    return no_value(place);
  return here(place,
              "behind " + value_of(place.scan.key) +
                  " stands more than a comment; each key has a line of its own, and a quotation "
                  "mark inside a text is written \\\"");
}

TomlMistake about_line(Place const& place) {
  std::string_view const rest = place.rest();
  if (rest.starts_with(';') || rest.starts_with('/')) return here(place, "a comment begins with #");
  if (rest.starts_with('{'))
    return here(place,
                "this looks like JSON; the file is TOML, with lines such as name = \"linux\"");
  return here(
      place,
      "a line is a key and its value, as in name = \"linux\", the heading of a table, as in "
      "[[scale_set]], or a comment that begins with #");
}

/// Mistakes in what the text is made of.
std::optional<TomlMistake> about_the_text(Place const& place) {
  if (place.says("utf-8")) return here(place, "the text is not UTF-8; save the file as UTF-8");
  if (place.says("nested value depth"))
    return here(place, "there are too many lists or tables within each other");
  if (place.says("after '\\r'"))
    return here(place, "a line ends with a carriage return alone; end it with a line feed");
  return std::nullopt;
}

std::optional<TomlMistake> about_structure(Place const& place) {
  if (place.says("cannot redefine") || place.says("cannot insert")) return about_repetition(place);
  if (place.says("expected '='")) return about_missing_sign(place);
  if (place.says("table header")) return about_heading(place);
  if (place.says("parsing inline table")) return about_braces(place);
  if (place.says("parsing array")) return about_list(place);
  if (place.says("parsing root table")) return about_line(place);
  if (place.says("expected a comment")) return about_what_follows(place);
  return std::nullopt;
}

}  // namespace

TomlMistake explain_toml(std::string_view text, TextPosition at, std::string_view description) {
  std::size_t const offset = offset_of(text, at);
  Place const place{text, offset, description, scan_toml(text, offset)};
  for (auto const explain : {about_the_text, about_texts, about_structure, about_numbers})
    if (auto mistake = explain(place)) return *std::move(mistake);
  bool const is_missing = place.says("expected value") || place.says("end-of-file");
  if (is_missing) return here(place, value_of(place.scan.key) + " is missing behind the =");
  if (place.scan.value != TomlScan::kNone) return no_value(place);
  return here(place, "this cannot be read as TOML: " + printable_text(description));
}

}  // namespace scaleset::base
