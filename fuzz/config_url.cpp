// Fuzzes the config URL, which a person writes. An accepted URL gives an API path of one line, a
// refused one an error of one line.
#include "protocol/wire/config_url.hpp"

#include "fuzz.hpp"

void fuzz_one(std::string_view input) {
  for (bool const force_ghes : {false, true}) {
    auto const url = scaleset::protocol::parse_config_url(input, force_ghes);
    if (url) {
      auto const path = scaleset::protocol::registration_path(*url);
      scaleset::fuzz::require(path.starts_with('/'));
      scaleset::fuzz::require(scaleset::fuzz::is_one_line(path));
    } else {
      scaleset::fuzz::require(scaleset::fuzz::is_one_line(url.error().message));
    }
  }
}
