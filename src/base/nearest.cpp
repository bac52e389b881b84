#include "base/nearest.hpp"

#include <algorithm>

#include "base/edit_distance.hpp"

namespace scaleset::base {

std::string nearest(std::string_view word, std::span<std::string const> known) {
  std::string best;
  std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (std::string const& candidate : known) {
    std::size_t const changes = base::edit_distance(word, candidate);
    if (changes >= least) continue;
    least = changes;
    best = candidate;
  }
  return best;
}

}  // namespace scaleset::base
