#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/log.hpp"
#include "protocol/machines/listener_machine.hpp"
#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/types.hpp"

namespace scaleset::listener {

/// The log lines and metrics of both listeners, blocking and coroutine. A failure that is passed in
/// is logged, never returned.
class ListenerReport {
 public:
  ListenerReport(Hooks const& hooks, ScaleSetId scale_set);

  /// Logs the note of an action, if it has one, and counts what the machine alone can notice.
  void note(protocol::ListenerAction const& action) const;
  void previous_session_closed(Result<void> const& closed) const;
  /// `reason` is that of ListenerAction; empty for the first session.
  void opening(std::string const& reason) const;
  void opened(std::string const& session, std::string const& owner,
              std::optional<Statistics> const& statistics) const;
  void closed(std::string const& session, Result<void> const& closed) const;
  void received(std::optional<Message> const& message) const;
  void looked_up(std::optional<Statistics> const& statistics) const;
  void applied(Message const& message) const;
  void idled(Result<void> const& idled) const;
  void quarantined(Result<void> const& set_aside) const;
  void acquired(std::size_t offered, std::size_t acquired) const;
  void acknowledged() const;
  void desired(std::int64_t runners) const;
  void scale_set_replaced(ScaleSetId scale_set) { scale_set_ = scale_set; }

  /// The handler or a callback threw where no call of the service depends on it.
  void users_code_failed(Error const& error) const;

 private:
  void measure(std::optional<Statistics> const& statistics) const;

  std::shared_ptr<MetricsSink> metrics_;  // never null
  base::Logger log_;
  ScaleSetId scale_set_;
};

}  // namespace scaleset::listener
