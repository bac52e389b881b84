#include "protocol/wire/redact.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/json_text.hpp"

namespace scaleset::protocol {
namespace {

constexpr std::string_view kBlank = "***";

char lower(char c) { return base::ascii_lower(c); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_token(char c) { return base::is_ascii_word(c) || std::string_view("-.~+/=").contains(c); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool starts_with_any_case(std::string_view text, std::string_view lower_case_prefix) {
  return text.size() >= lower_case_prefix.size() &&
         std::ranges::equal(text.substr(0, lower_case_prefix.size()), lower_case_prefix, {}, lower);
}

template <std::size_t N>
std::size_t prefix_length(std::string_view text,
                          std::array<std::string_view, N> const& lower_case_prefixes) {
  char const first = text.empty() ? '\0' : lower(text.front());
  for (auto const prefix : lower_case_prefixes) {
    if (prefix.front() == first && starts_with_any_case(text, prefix)) return prefix.size();
  }
  return 0;
}

template <class Predicate>
std::size_t run_length(std::string_view text, Predicate belongs) {
  auto const end = std::find_if_not(text.begin(), text.end(), belongs);
  return static_cast<std::size_t>(end - text.begin());
}

/// The length of a token that is known by its look, or of a private key, at the front of the text.
/// 0: there is none.
std::size_t credential_length(std::string_view text) {
  constexpr std::array<std::string_view, 6> prefixes{"ghp_", "gho_", "ghu_",
                                                     "ghs_", "ghr_", "github_pat_"};
  if (text.starts_with("eyJ") || prefix_length(text, prefixes) > 0) {
    return run_length(text, is_token);
  }
  if (text.starts_with("-----BEGIN")) {
    auto const end = text.find("-----END");
    return end == std::string_view::npos ? text.size() : end;
  }
  auto const run = text.substr(0, run_length(text, base::is_ascii_word));
  bool const opaque =
      run.size() >= 24 && std::ranges::any_of(run, is_digit) && std::ranges::any_of(run, is_letter);
  return opaque ? run.size() : 0;
}

/// Whether anything that redact() looks for may begin with `c`. A run of letters and digits is a
/// credential only as a whole, so it is looked at from its beginning; all other things begin with
/// one of these letters, or with the "-" of a private key.
bool may_begin(char previous, char c) {
  return !base::is_ascii_word(previous) || std::string_view("abegjprst-").contains(lower(c));
}

std::size_t scheme_length(std::string_view text) {
  constexpr std::array<std::string_view, 2> schemes{"bearer ", "remoteauth "};
  return prefix_length(text, schemes);
}

/// The length of a name such as "token" up to its value, as in `token":"`, `token\" : \"` or
/// `token=`, at the front of the text. 0: there is none.
std::size_t name_length(std::string_view text) {
  constexpr std::array<std::string_view, 8> names{"token",      "jitconfig",    "jit_config",
                                                  "password",   "secret",       "private_key",
                                                  "privatekey", "authorization"};
  std::size_t at = prefix_length(text, names);
  if (at == 0) return 0;
  auto const skip = [&](auto belongs) { at += run_length(text.substr(at), belongs); };
  auto const is_quote = [](char c) { return c == '"' || c == '\'' || c == '\\'; };
  skip(base::is_ascii_word);
  skip(is_quote);
  skip(is_space);
  if (at == text.size() || (text[at] != ':' && text[at] != '=')) return 0;
  ++at;
  skip(is_space);
  return at;
}

/// The length of the value that follows such a name, with its quotes.
std::size_t value_length(std::string_view text) {
  if (text.starts_with('[') || text.starts_with('{')) return text.size();
  std::string_view quote;
  for (std::string_view const one : {R"(\\\")", R"(\")", "\"", "'"}) {
    if (quote.empty() && text.starts_with(one)) quote = one;
  }
  if (!quote.empty()) {
    auto const end = text.find(quote, quote.size());
    return end == std::string_view::npos ? text.size() : end + quote.size();
  }
  if (auto const scheme = scheme_length(text); scheme > 0) {
    return scheme + run_length(text.substr(scheme), is_token);
  }
  return run_length(
      text, [](char c) { return !is_space(c) && !std::string_view(",;&\"'}]").contains(c); });
}

}  // namespace

std::string redact(std::string_view text) {
  std::string out;
  auto const keep = [&](std::size_t length) {
    out += text.substr(0, length);
    text.remove_prefix(length);
  };
  auto const blank = [&](std::size_t length) {
    if (length > 0) out += kBlank;
    text.remove_prefix(length);
  };
  while (!text.empty()) {
    if (!may_begin(out.empty() ? ' ' : out.back(), text.front())) {
      keep(1);
      continue;
    }
    if (auto const credential = credential_length(text); credential > 0) {
      blank(credential);
    } else if (auto const scheme = scheme_length(text); scheme > 0) {
      keep(scheme);
      blank(run_length(text, is_token));
    } else if (auto const name = name_length(text); name > 0) {
      keep(name);
      blank(value_length(text));
    } else {
      keep(1);
    }
  }
  return out;
}

std::string redacted_beginning(std::string_view body) {
  constexpr std::size_t longest = 1024;
  constexpr std::string_view more = "...";
  std::string line;
  for (char const c : base::valid_utf8(body.substr(0, longest))) {
    bool const blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
    if (!blank) line += c;
    if (blank && !line.empty() && !line.ends_with(' ')) line += ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  line = redact(line);
  if (body.size() <= longest && line.size() <= longest) return line;
  line.resize(std::min(line.size(), longest - more.size()));
  // If the cut went through a character, the rest of it goes as well.
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0U) == 0x80U) {
    line.pop_back();
  }
  if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xC0U) line.pop_back();
  return line.append(more);
}

}  // namespace scaleset::protocol
