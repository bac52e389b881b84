#pragma once

#include <optional>
#include <string>
#include <unordered_map>

namespace scaleset::simulator {

/// Messages that a fault has put aside: each is the answer to a later poll of its session.
class Repeats {
 public:
  /// Does nothing once there are very many: sessions may never poll again.
  void put_aside(std::string const& session, std::string body);
  /// The body of the answer to this session's poll. None: the poll is answered as usual.
  [[nodiscard]] std::optional<std::string> take(std::string const& session);
  [[nodiscard]] bool empty() const noexcept { return bodies_.empty(); }
  void clear() noexcept { bodies_.clear(); }

 private:
  std::unordered_multimap<std::string, std::string> bodies_;
};

}  // namespace scaleset::simulator
