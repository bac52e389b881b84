#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "backends/docker/engine_link.hpp"
#include "backends/docker/settings.hpp"

namespace scaleset::backends::docker {

/// Sees to it that the engine has the images of runners. Used on the executor's thread. Must
/// outlive the tasks of its scope.
class Images {
 public:
  Images(EngineLink* link, PullPolicy policy, base::Logger log, async::TaskScope* scope)
      : link_(*link), policy_(policy), log_(std::move(log)), scope_(*scope) {}

  /// Callers with the same image share the work, which goes on if they are cancelled. Errors:
  /// backend, cancelled.
  Task<void> prepare(std::string image);

 private:
  /// For whoever waits.
  struct Outcome {
    std::optional<Result<void>> result;
    base::Condition changed;
  };
  boost::asio::awaitable<void> carry_out(std::string image, std::shared_ptr<Outcome> outcome);
  Task<void> get(std::string image);
  Task<void> pull(ImageName name, bool is_there);

  EngineLink& link_;
  PullPolicy policy_;
  base::Logger log_;
  async::TaskScope& scope_;
  std::map<std::string, std::shared_ptr<Outcome>> under_way_;
};

}  // namespace scaleset::backends::docker
