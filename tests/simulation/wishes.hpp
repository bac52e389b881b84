#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "seeded_random.hpp"

namespace scaleset::simulation {

/// What a company wants of one scale set.
struct SetWish {
  int number = 0;  // "set-NUMBER"
  int min_idle = 0;
  int min_total = 0;
  int max_runners = 4;
  double idle_factor = 0;
  int budget = -1;  // its number; below 0: none
  int cost = 1;
  int reserve = 0;
  double weight = 1;
  int rush_max = -1;  // the maximum in the first 25 minutes of each hour; below 0: the same
};

/// What a company wants: the contents of its configuration file.
struct Wishes {
  std::vector<int> slots;  // of each budget
  int overcommit = 4;
  std::vector<SetWish> sets;
};

[[nodiscard]] std::string name_of_set(int number);
[[nodiscard]] std::string name_of_budget(int number);

/// Some wishes for up to `most` scale sets. All of them can be fulfilled.
[[nodiscard]] Wishes some_wishes(SeededRandom& random, int most);
/// A person has changed a few things.
[[nodiscard]] Wishes changed(Wishes wishes, SeededRandom& random, int most);
/// Wishes under which every job can be done: all scale sets are served, and nothing follows a
/// clock.
[[nodiscard]] Wishes calm(Wishes wishes, SeededRandom& random, int most);

/// A person has given one scale set another number, if any below `most` is free. Others keep
/// theirs.
[[nodiscard]] Wishes renamed(Wishes wishes, SeededRandom& random, int most);

/// Which organization a scale set belongs to: those of an even number to the first, the others to
/// the second.
inline constexpr std::size_t kOrganizations = 2;
[[nodiscard]] std::size_t organization_of(int set);
/// "my-org"
[[nodiscard]] std::string name_of_organization(std::size_t number);

/// The text of a configuration file. `urls` are those of the organizations.
[[nodiscard]] std::string text_of(Wishes const& wishes, std::vector<std::string> const& urls);

}  // namespace scaleset::simulation
