#include "base/toml_scan.hpp"

#include <algorithm>

namespace scaleset::base {
namespace {

constexpr std::string_view kSpace = " \t\r";

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Walks through a text as far as strings, comments and brackets go.
class Walk {
 public:
  Walk(std::string_view text, std::size_t end) : text_(text.substr(0, end)) {}

  TomlScan run() {
    while (at_ < text_.size() && scan_.quote == TomlScan::kNone) step();
    return scan_;
  }

 private:
  void step() {
    char const c = text_[at_];
    if (c == '"' || c == '\'') return string();
    if (c == '#') at_ = std::min(text_.find('\n', at_), text_.size() - 1);
    if (text_[at_] == '\n') {
      if (scan_.brackets.empty()) begin_statement();
    } else if (c == '=') {
      scan_.key = std::string(trimmed(text_.substr(start_, at_ - start_)));
      begin_value();
    } else if (c == '[' || c == '{') {
      // At the beginning of a line it is the heading of a table.
      if (scan_.value != TomlScan::kNone) open();
    } else if (c == ']' || c == '}') {
      if (!scan_.brackets.empty()) scan_.brackets.pop_back();
    } else if (c == ',') {
      begin_value();
    }
    ++at_;
  }
  void begin_statement() {
    start_ = at_ + 1;
    scan_.key.clear();
    scan_.value = TomlScan::kNone;
  }
  void begin_value() {
    start_ = at_ + 1;
    scan_.value = text_.find_first_not_of(kSpace, start_);
    if (scan_.value == std::string_view::npos) scan_.value = text_.size();
  }
  void open() {
    scan_.brackets.push_back(at_);
    begin_value();
  }
  void string() {
    char const mark = text_[at_];
    std::string const three(3, mark);
    bool const is_long = text_.substr(at_).starts_with(three);
    std::string_view const end = is_long ? std::string_view(three) : text_.substr(at_, 1);
    std::size_t const begin = at_;
    for (at_ += end.size(); at_ < text_.size(); ++at_) {
      if (text_.substr(at_).starts_with(end)) {
        at_ += end.size();
        return;
      }
      if (text_[at_] == '\n' && !is_long) break;
      if (text_[at_] == '\\' && mark == '"') ++at_;
    }
    scan_.quote = begin;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;  // of the statement or the element
  TomlScan scan_;
};

}  // namespace

TomlScan scan_toml(std::string_view text, std::size_t end) {
  return Walk(text, std::min(end, text.size())).run();
}

TextPosition position_in(std::string_view text, std::size_t offset) {
  std::string_view const before = text.substr(0, std::min(offset, text.size()));
  auto const line_end = before.rfind('\n');
  std::string_view const line =
      line_end == std::string_view::npos ? before : before.substr(line_end + 1);
  auto const columns = std::ranges::count_if(line, [](char c) { return !continues(c); });
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1, static_cast<int>(columns) + 1};
}

std::size_t offset_of(std::string_view text, TextPosition at) {
  std::size_t offset = 0;
  for (int line = 1; line < at.line; ++line) {
    auto const end = text.find('\n', offset);
    if (end == std::string_view::npos) return text.size();
    offset = end + 1;
  }
  for (int column = 1; column < at.column && offset < text.size() && text[offset] != '\n'; ++column)
    do ++offset;
    while (offset < text.size() && continues(text[offset]));
  return offset;
}

}  // namespace scaleset::base
