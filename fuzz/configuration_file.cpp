// Fuzzes a configuration file. The result is a configuration that can be printed and read again, or
// mistakes of one line each.
#include "config/load.hpp"
#include "config/print.hpp"
#include "fuzz.hpp"

void fuzz_one(std::string_view input) {
  using namespace scaleset::config;
  auto const loaded = read_config(input, "/");
  if (loaded) return scaleset::fuzz::require(read_config(show(*loaded, "file"), "/").has_value());
  for (Problem const& problem : loaded.error())
    scaleset::fuzz::require(scaleset::fuzz::is_one_line(problem.message));
}
