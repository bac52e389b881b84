#include "wishes.hpp"

#include <algorithm>
#include <cstddef>

namespace scaleset::simulation {
namespace {

int number(SeededRandom& random, int least, int most) {
  return static_cast<int>(random.number(least, most));
}

/// A cost that the budget can pay, and a reserve for which it still has room.
void take_part(SetWish& wish, Wishes const& wishes, SeededRandom& random) {
  wish.budget = number(random, -1, static_cast<int>(wishes.slots.size()) - 1);
  wish.cost = 1;
  wish.reserve = 0;
  if (wish.budget < 0) return;
  int free = wishes.slots[static_cast<std::size_t>(wish.budget)];
  wish.cost = std::min(free, number(random, 1, 2));
  for (SetWish const& other : wishes.sets) {
    if (other.budget == wish.budget && other.number != wish.number)
      free -= other.reserve * other.cost;
  }
  // There is always room for a runner of those without a reserve.
  int const most = std::min(wish.max_runners, (free - 2) / wish.cost);
  if (random.happens(0.3)) wish.reserve = number(random, 0, std::max(0, std::min(2, most)));
}

SetWish some_wish(int which, Wishes const& wishes, SeededRandom& random) {
  SetWish wish;
  wish.number = which;
  wish.min_idle = number(random, 0, 2);
  wish.max_runners = wish.min_idle + number(random, 1, 6);
  wish.min_total = random.happens(0.3) ? number(random, 0, 2) : 0;
  wish.min_total = std::min(wish.min_total, wish.max_runners);
  if (random.happens(0.3)) wish.idle_factor = 0.5 * random.uniform();
  if (random.happens(0.3)) wish.rush_max = number(random, wish.min_total, 8);
  if (random.happens(0.4)) wish.weight = 0.5 + 3 * random.uniform();
  take_part(wish, wishes, random);
  return wish;
}

bool has(Wishes const& wishes, int which) {
  return std::ranges::find(wishes.sets, which, &SetWish::number) != wishes.sets.end();
}

std::string line(std::string const& key, std::string const& value) {
  return key + " = " + value + "\n";
}

std::string quoted(std::string const& text) { return "\"" + text + "\""; }

std::string credential_of(std::size_t organization) {
  return "of-" + name_of_organization(organization);
}

std::string text_of(SetWish const& wish, std::vector<std::string> const& urls) {
  auto const organization = organization_of(wish.number);
  std::string text = "[[scale_set]]\n" + line("url", quoted(urls.at(organization))) +
                     line("credential", quoted(credential_of(organization))) +
                     line("name", quoted(name_of_set(wish.number))) +
                     line("min_idle", std::to_string(wish.min_idle)) +
                     line("min_total", std::to_string(wish.min_total)) +
                     line("max_runners", std::to_string(wish.max_runners)) +
                     line("idle_factor", std::to_string(wish.idle_factor));
  if (wish.budget >= 0)
    text += line("budget", quoted(name_of_budget(wish.budget))) +
            line("cost", "{ slots = " + std::to_string(wish.cost) + " }") +
            line("reserve", std::to_string(wish.reserve)) +
            line("weight", std::to_string(wish.weight));
  if (wish.rush_max >= 0)
    text += "[[scale_set.schedule]]\n" + line("cron", quoted("0 * * * *")) +
            line("for", quoted("25m")) + line("zone", quoted("Europe/Berlin")) +
            line("min_idle", "0") + line("min_total", "0") +
            line("max_runners", std::to_string(wish.rush_max));
  return text;
}

}  // namespace

std::string name_of_set(int number) { return "set-" + std::to_string(number); }

std::string name_of_budget(int number) { return "budget-" + std::to_string(number); }

Wishes some_wishes(SeededRandom& random, int most) {
  Wishes wishes;
  for (int i = number(random, 1, 2); i > 0; --i) wishes.slots.push_back(number(random, 2, 12));
  wishes.overcommit = number(random, 1, 5);
  for (int which = 0; which < most; ++which) {
    if (random.happens(0.8)) wishes.sets.push_back(some_wish(which, wishes, random));
  }
  if (wishes.sets.empty()) wishes.sets.push_back(some_wish(0, wishes, random));
  return wishes;
}

Wishes changed(Wishes wishes, SeededRandom& random, int most) {
  if (random.happens(0.3)) {
    auto const which = static_cast<std::size_t>(
        random.number(0, static_cast<std::int64_t>(wishes.slots.size()) - 1));
    int least = 2;  // what is reserved, and what the dearest runner costs
    for (SetWish const& wish : wishes.sets) {
      if (wish.budget == static_cast<int>(which)) least += wish.reserve * wish.cost;
    }
    wishes.slots[which] = std::max(least, number(random, 2, 12));
  }
  if (wishes.sets.size() > 1 && random.happens(0.3))
    wishes.sets.erase(wishes.sets.begin() +
                      random.number(0, static_cast<std::int64_t>(wishes.sets.size()) - 1));
  int const which = number(random, 0, most - 1);
  if (!has(wishes, which)) {
    wishes.sets.push_back(some_wish(which, wishes, random));
    return wishes;
  }
  for (SetWish& wish : wishes.sets) {
    if (wish.number == which) wish = some_wish(which, wishes, random);
  }
  return wishes;
}

Wishes calm(Wishes wishes, SeededRandom& random, int most) {
  for (int which = 0; which < most; ++which) {
    if (!has(wishes, which)) wishes.sets.push_back(some_wish(which, wishes, random));
  }
  for (SetWish& wish : wishes.sets) wish.rush_max = -1;
  return wishes;
}

Wishes renamed(Wishes wishes, SeededRandom& random, int most) {
  for (int which = 0; which < most && !wishes.sets.empty(); ++which) {
    if (has(wishes, which)) continue;
    auto const last = static_cast<std::int64_t>(wishes.sets.size()) - 1;
    wishes.sets[static_cast<std::size_t>(random.number(0, last))].number = which;
    break;
  }
  return wishes;
}

std::size_t organization_of(int set) { return static_cast<std::size_t>(set) % kOrganizations; }

std::string name_of_organization(std::size_t number) { return number == 0 ? "my-org" : "your-org"; }

std::string text_of(Wishes const& wishes, std::vector<std::string> const& urls) {
  std::string text = "[template.all]\nrunner_dir = \"runner\"\n";
  for (std::size_t i = 0; i < kOrganizations; ++i)
    text += "[credential." + credential_of(i) + "]\n" +
            line("token", "{ file = \"token-" + std::to_string(i) + "\" }");
  for (std::size_t i = 0; i < wishes.slots.size(); ++i)
    text += "[budget." + name_of_budget(static_cast<int>(i)) + "]\n" +
            line("slots", std::to_string(wishes.slots[i])) +
            line("overcommit", std::to_string(wishes.overcommit));
  for (SetWish const& wish : wishes.sets) text += text_of(wish, urls);
  return text;
}

}  // namespace scaleset::simulation
