#pragma once

#include <memory>
#include <string>

#include "protocol/machines/retry_budget.hpp"
#include "protocol/wire/config_url.hpp"
#include "scaleset/options.hpp"

namespace scaleset::inline v0 {

/// Options that were checked and completed: clock and random source are not null, and the proxy is
/// decided. Immutable except for the retry budget; thread-safe.
class FinalizedClientOptions {
 public:
  [[nodiscard]] protocol::ConfigUrl const& config_url() const noexcept { return config_url_; }
  [[nodiscard]] Credentials const& credentials() const noexcept { return options_.credentials; }
  [[nodiscard]] RetryOptions const& retry() const noexcept { return options_.retry; }
  [[nodiscard]] TransportOptions const& transport() const noexcept { return options_.transport; }
  [[nodiscard]] Hooks const& hooks() const noexcept { return options_.hooks; }
  [[nodiscard]] SystemInfo const& system_info() const noexcept { return options_.system_info; }
  [[nodiscard]] std::string const& user_agent() const noexcept { return user_agent_; }
  /// Shared by all clients that were given these options.
  [[nodiscard]] protocol::RetryBudget& retry_budget() const noexcept { return *retry_budget_; }
  /// The client::fingerprint() of the options when they were finalized.
  [[nodiscard]] std::string const& fingerprint() const noexcept { return fingerprint_; }

 private:
  friend Result<std::shared_ptr<FinalizedClientOptions const>> finalize(ClientOptions options);
  FinalizedClientOptions(ClientOptions options, protocol::ConfigUrl config_url,
                         std::string fingerprint);

  ClientOptions options_;
  protocol::ConfigUrl config_url_;
  std::string user_agent_;
  std::unique_ptr<protocol::RetryBudget> retry_budget_;
  std::string fingerprint_;
};

}  // namespace scaleset::inline v0
