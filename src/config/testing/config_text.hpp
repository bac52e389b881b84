#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "config/check.hpp"
#include "config/load.hpp"

/// Configurations as texts, for tests.
namespace scaleset::config {

/// What the text says. A mistake in it is a failure of the test.
inline Loaded loaded(std::string const& text, std::filesystem::path const& folder = "/") {
  auto result = read_config(text, folder);
  if (result) return *std::move(result);
  for (Problem const& problem : result.error()) ADD_FAILURE() << to_string(problem, "file");
  return {};
}

/// What is wrong with the text of the file "f", a line each.
inline std::string mistakes(std::string const& text, std::filesystem::path const& folder = "/") {
  auto const result = read_config(text, folder);
  std::string lines;
  if (!result)
    for (Problem const& problem : result.error()) lines += to_string(problem, "f") + "\n";
  return lines;
}

/// What the text can be used with, and what is hardly meant: a line each.
inline std::string warnings(std::string const& text) {
  std::string lines;
  for (Problem const& problem : warnings_of(loaded(text))) lines += to_string(problem, "f") + "\n";
  return lines;
}

/// A scale set of one organization, with more lines.
inline std::string set_named(std::string const& name, std::string const& lines = "") {
  return "[[scale_set]]\nurl = \"https://github.com/my-org\"\nname = \"" + name + "\"\n" + lines +
         "\n";
}

}  // namespace scaleset::config
