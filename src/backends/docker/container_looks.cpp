#include "backends/docker/container_looks.hpp"

#include <algorithm>

namespace scaleset::backends::docker {
namespace {

constexpr std::size_t kAtATime = 16;

struct Looks {
  std::vector<Look> all;
  std::size_t next = 0;
  std::size_t under_way = 0;
  base::Condition changed;
};

boost::asio::awaitable<void> look_at_programs(EngineLink* link, std::shared_ptr<Looks> looks) {
  while (looks->next < looks->all.size()) {
    Look& look = looks->all[looks->next++];
    if (look.first.phase != ContainerPhase::running) continue;
    auto command_lines = co_await link->engine().top(look.first.id);
    if (command_lines) look.second = programs_in(*command_lines);
  }
  --looks->under_way;
  looks->changed.notify_all();
}

}  // namespace

Task<std::vector<Look>> look_at_containers(EngineLink* link, async::TaskScope* scope,
                                           Labels labels) {
  auto found = co_await link->engine().list(std::move(labels));
  if (!found) co_return std::unexpected(found.error());
  auto const looks = std::make_shared<Looks>();
  looks->all.reserve(found->size());
  for (Container& container : *found)
    looks->all.emplace_back(std::move(container), Programs::unknown);
  looks->under_way = std::min(looks->all.size(), kAtATime);
  for (std::size_t i = 0; i < looks->under_way; ++i) scope->spawn(look_at_programs(link, looks));
  while (looks->under_way > 0) {
    co_await looks->changed.wait_despite_cancellation();
  }
  co_return std::move(looks->all);
}

}  // namespace scaleset::backends::docker
