#include "simulator/front/faults/repeats.hpp"

#include <cstddef>
#include <utility>

namespace scaleset::simulator {
namespace {

// Sessions that never poll again must not fill the memory.
constexpr std::size_t kMostRepeats = 1000;

}  // namespace

void Repeats::put_aside(std::string const& session, std::string body) {
  if (bodies_.size() < kMostRepeats) bodies_.emplace(session, std::move(body));
}

std::optional<std::string> Repeats::take(std::string const& session) {
  auto const found = bodies_.find(session);
  if (found == bodies_.end()) return std::nullopt;
  std::string body = std::move(found->second);
  bodies_.erase(found);
  return body;
}

}  // namespace scaleset::simulator
