#pragma once

#include <cstdint>
#include <optional>

#include "base/log.hpp"
#include "protocol/machines/strict_listener_machine.hpp"
#include "scaleset/strict_listener.hpp"

namespace scaleset::listener {

/// The checks, log lines and metrics of StrictListener and ScaleListener, at the places where
/// GitHub's listener has them (protocol.md 12.1). GitHub's test harness waits for some of the
/// lines.
class StrictReport {
 public:
  explicit StrictReport(StrictListener::Options const& options);

  /// Errors: invalid_argument.
  [[nodiscard]] static Result<void> check(StrictListener::Options const& options);
  [[nodiscard]] static Result<void> check_max_runners(int max_runners);

  void starting(std::optional<Statistics> const& initial) const;
  void before(protocol::StrictAction const& action) const;
  void polling(MessageId last) const;
  void received(std::optional<Message> const& message) const;
  /// Counts the jobs of a message that is handed over as a whole.
  void handing_over(Message const& message) const;
  void deleted() const;
  void acquired(std::int64_t offered, std::int64_t acquired) const;
  void desired(protocol::StrictAction const& action, std::int64_t runners) const;

 private:
  StrictReport(ScaleSetId scale_set, Hooks const& hooks);
  void measure(std::optional<Statistics> const& statistics) const;
  ScaleSetId scale_set_;
  std::shared_ptr<MetricsSink> metrics_;  // never null
  base::Logger log_;
};

}  // namespace scaleset::listener
