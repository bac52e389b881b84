#include "cli/flag_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "base/files.hpp"

namespace scaleset::cli {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

std::filesystem::path const kSource = SCALESET_SOURCE_DIR;

std::set<std::string> matches(std::string const& text, std::regex const& pattern, int group) {
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
    found.insert((*match)[static_cast<std::size_t>(group)].str());
  return found;
}

std::string content(std::filesystem::path const& file) { return base::read_file(file).value(); }

/// The members of one structure of options, line by line, whose name is not an ordinary word.
std::set<std::string> members_in(std::string const& header) {
  static std::regex const opens(R"( *struct \w*Options \{)");
  static std::regex const member(R"(\b([a-z]+(?:_[a-z]+)+)(?:;| = |\{))");
  std::set<std::string> members;
  std::istringstream lines(header);
  std::string end;  // of the structure that the line is in
  for (std::string line; std::getline(lines, line);) {
    if (line == end) end.clear();
    if (!end.empty()) members.merge(matches(line, member, 1));
    if (std::regex_match(line, opens)) end = std::string(line.find_first_not_of(' '), ' ') + "};";
  }
  return members;
}

/// Of every structure of options in the public headers: ca_bundle_file, max_runners and so on.
std::set<std::string> members_of_options() {
  std::set<std::string> members;
  for (auto const& file :
       std::filesystem::recursive_directory_iterator(kSource / "include/scaleset")) {
    if (file.path().extension() == ".hpp") members.merge(members_in(content(file.path())));
  }
  return members;
}

/// Where the text in quotation marks ends that begins at `at`.
std::size_t end_of_text(std::string const& source, std::size_t at) {
  if (at > 0 && source[at - 1] == 'R') return source.find(")\"", at) + 1;
  for (++at; at < source.size() && source[at] != '"'; ++at) {
    if (source[at] == '\\') ++at;
  }
  return at;
}

/// The texts in quotation marks, without what is no text for people: comments, names of files, and
/// the names of fields in the log ({"scale_set", ...}).
std::set<std::string> texts_in(std::string const& source) {
  std::set<std::string> texts;
  for (std::size_t at = 0; at < source.size(); ++at) {
    bool const to_the_end =
        source.compare(at, 2, "//") == 0 || source.compare(at, 8, "#include") == 0;
    if (to_the_end) at = std::min(source.find('\n', at), source.size());
    if (source.compare(at, 3, "'\"'") == 0) at += 3;
    if (at >= source.size() || source[at] != '"') continue;
    std::size_t const end = end_of_text(source, at);
    if (at == 0 || source[at - 1] != '{') texts.insert(source.substr(at + 1, end - at - 1));
    at = end;
  }
  return texts;
}

/// The names of C++ options in the error texts of one file.
std::set<std::string> names_in(std::filesystem::path const& file,
                               std::set<std::string> const& members) {
  static std::regex const name(R"(\w+(?:::\w+)*)");
  static std::regex const qualified(R"((?:\w*Options|\w+::Options)(?:::\w+)?)");
  std::set<std::string> names;
  for (std::string const& text : texts_in(content(file))) {
    for (std::string const& word : matches(text, name, 0)) {
      if (members.contains(word) || std::regex_match(word, qualified)) names.insert(word);
    }
  }
  return names;
}

bool is_searched(std::filesystem::path const& file) {
  std::string const name = file.string();
  return (name.ends_with(".cpp") || name.ends_with(".hpp")) && !name.ends_with("_test.cpp") &&
         !name.contains("/testing/") &&
         // Its names are the members of a JSON object.
         !name.contains("/debug_info.");
}

TEST(FlagNames, KnowEveryOptionThatTheErrorTextsOfTheLibraryMention) {
  auto members = members_of_options();
  ASSERT_TRUE(members.contains("ca_bundle_file")) << "the headers are read";
  ASSERT_TRUE(members.contains("max_runners"));
  members.erase("no_proxy");  // an environment variable has the same name
  std::set<std::string> mentioned;
  for (char const* const room : {"client", "http", "protocol", "listener"}) {
    for (auto const& file : std::filesystem::recursive_directory_iterator(kSource / "src" / room)) {
      if (is_searched(file.path())) mentioned.merge(names_in(file.path(), members));
    }
  }
  ASSERT_TRUE(mentioned.contains("CallOptions::timeout")) << "the sources are read";
  ASSERT_TRUE(mentioned.contains("ca_bundle_file"));
  std::set<std::string> unknown = std::move(mentioned);
  for (FlagName const& name : flag_names()) unknown.erase(std::string(name.option));
  EXPECT_THAT(unknown, IsEmpty()) << "add them to src/cli/flag_names.cpp";
}

TEST(FlagNames, ReplaceWholeNamesOnly) {
  EXPECT_EQ(with_flag_names("longer than its CallOptions::timeout allows (x)"),
            "longer than its --timeout allows (x)");
  EXPECT_EQ(with_flag_names("ca_bundle_file: /etc/ca_bundle_file is empty"),
            "--ca-file: /etc/ca_bundle_file is empty");
  EXPECT_EQ(with_flag_names("my_ca_bundle_file max_runners_2"), "my_ca_bundle_file max_runners_2");
  EXPECT_EQ(with_flag_names("max_runners"), "--max-runners");
  EXPECT_EQ(with_flag_names("\"max_runners\" and `max_runners`"),
            "\"max_runners\" and `max_runners`")
      << "keys of a file";
  EXPECT_EQ(with_flag_names("a::b c: d::"), "a::b c: d::");
  EXPECT_EQ(with_flag_names(""), "");
}

TEST(FlagNames, AllHaveWords) {
  for (FlagName const& name : flag_names()) {
    EXPECT_THAT(std::string(name.words), Not(IsEmpty()));
    EXPECT_EQ(with_flag_names(name.option), name.words);
  }
}

TEST(KeyNames, AreThoseOfTheConfigurationFile) {
  EXPECT_EQ(with_key_names("ca_bundle_file: not there"), "`ca_file`: not there");
  EXPECT_EQ(with_key_names("set TransportOptions::proxy instead"), "set `proxy` instead");
  EXPECT_EQ(with_key_names("Listener::Options::owner"), "--owner") << "a file sets none";
  EXPECT_EQ(with_key_names("max_runners: 10 -> 3"), "max_runners: 10 -> 3") << "it is the key";
  std::string const reference = content(kSource / "docs/configuration.md");
  for (FlagName const& name : flag_names())
    EXPECT_TRUE(name.key.empty() || reference.contains("| `" + std::string(name.key) + "`"))
        << name.option;
}

}  // namespace
}  // namespace scaleset::cli
