#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/owner_key.hpp"
#include "daemon/set_runner.hpp"
#include "daemon/set_settings.hpp"
#include "fleet/budget.hpp"

namespace scaleset::daemon {

/// A scale set that shares a budget, as it is now.
struct Sharing {
  Sharing() = default;
  base::OwnerKey owner;
  BudgetUse use;
  BudgetNeeds needs;
};

/// Divides the budgets among the scale sets that are served, and remembers who has waited since
/// when, and whose turn it is to offer a runner. Pure.
class BudgetDesk {
 public:
  using Budgets = std::map<std::string, fleet::Budget>;
  using Shares = std::vector<std::pair<base::OwnerKey, fleet::Share>>;

  /// From now on there are these.
  void configure(Budgets budgets) { budgets_ = std::move(budgets); }
  [[nodiscard]] bool empty() const noexcept { return budgets_.empty(); }
  /// A share for each of those whose budget exists. Those that are not mentioned are forgotten.
  [[nodiscard]] Shares divide(std::vector<Sharing> const& all, fleet::TimePoint now);
  /// How long the shares hold if nothing happens: then it is somebody else's turn, or somebody has
  /// waited for too long.
  static constexpr fleet::Duration kHold = fleet::kOfferTurn;

 private:
  struct Memory {
    std::optional<fleet::TimePoint> waiting_since;
    fleet::TimePoint last_turn;
    bool has_turn = false;
    std::optional<fleet::TimePoint> silent_since;
    std::optional<fleet::TimePoint> offering_since;  // if it was silent before
  };
  void divide_one(fleet::Budget const& budget, std::vector<Sharing const*> const& sharing,
                  fleet::TimePoint now, Shares& shares);
  static void remember(Memory& memory, BudgetNeeds const& needs, int reserve, fleet::Share share,
                       fleet::TimePoint now);
  static void remember_silence(Memory& memory, BudgetNeeds const& needs, fleet::Share share,
                               fleet::TimePoint now);

  Budgets budgets_;
  std::map<base::OwnerKey, Memory> memories_;
};

}  // namespace scaleset::daemon
