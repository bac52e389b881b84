#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/key.hpp"

/// Every key of the file with values that it takes and values that it does not, and a file around
/// such a value.
namespace scaleset::config::testing {

struct Good {
  std::string value;
  std::string shown{};  // as `config show` writes it; empty: as it is given
};
struct Row {
  std::string path;  // as it stands in the reference
  std::vector<Good> good;
  std::vector<std::string> bad{};  // besides those that are wrong for the type of the key
};
std::vector<Row> const& rows();

/// By their paths in the reference. Those of a table that may also stand by itself are there once.
std::map<std::string, KeyInfo> every_key();

/// Headings without their outer brackets, each with its keys.
using Headings = std::vector<std::pair<std::string, std::map<std::string, std::string>>>;
/// A file in which everything is right.
Headings good_file();
std::string text_of(Headings const& file);

/// The heading and the key of a path of the reference.
std::pair<std::string, std::string> place_of(std::string path);

/// The file with this value of the key. What cannot stand beside it is left out.
std::string with(std::string const& path, std::string const& value);

}  // namespace scaleset::config::testing
