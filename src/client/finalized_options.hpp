#pragma once

#include <string>

#include "protocol/config_url.hpp"
#include "scaleset/options.hpp"

namespace scaleset {

/// Options that were checked and completed: hooks are never null (but for log and metrics), the
/// proxy is decided.
class FinalizedClientOptions {
 public:
  [[nodiscard]] protocol::ConfigUrl const& config_url() const noexcept { return config_url_; }
  [[nodiscard]] Credentials const& credentials() const noexcept { return options_.credentials; }
  [[nodiscard]] RetryOptions const& retry() const noexcept { return options_.retry; }
  [[nodiscard]] TransportOptions const& transport() const noexcept { return options_.transport; }
  [[nodiscard]] Hooks const& hooks() const noexcept { return options_.hooks; }
  [[nodiscard]] std::string const& user_agent() const noexcept { return user_agent_; }

 private:
  friend Result<std::shared_ptr<FinalizedClientOptions const>> finalize(ClientOptions options);
  FinalizedClientOptions(ClientOptions options, protocol::ConfigUrl config_url);

  ClientOptions options_;
  protocol::ConfigUrl config_url_;
  std::string user_agent_;
};

}  // namespace scaleset
