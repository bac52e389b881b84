#pragma once

#include <optional>
#include <string>

#include "scaleset/secret.hpp"
#include "scaleset/types.hpp"

/// What the service hands out so that it can be called: addresses and tokens (protocol.md 3.3). The
/// types are not aggregates: see HACKING.md, "g++ 12 and co_await".
namespace scaleset::protocol {

/// An installation token (E1) or a registration token (E2).
struct IssuedToken {
  IssuedToken() = default;
  Secret token;
  std::optional<Timestamp> expires_at;
};

/// The Actions service of one tenant (E3). `expires_at` is the token's own `exp` claim.
struct AdminConnection {
  AdminConnection() = default;
  std::string url;
  Secret token;
  std::optional<Timestamp> expires_at;
};

/// The message queue of one session. The URL is opaque and may have a query.
struct QueueAccess {
  QueueAccess() = default;
  std::string url;
  Secret token;
};

/// A message session (E10, E11). In the answer to a refresh any field may be empty; the old value
/// is kept then (W-9, SessionMachine).
struct SessionInfo {
  SessionInfo() = default;
  std::string id;  // a UUID, lower case with hyphens
  std::string owner;
  ScaleSetId scale_set;  // 0: the service did not say
  QueueAccess queue;
  std::optional<Statistics> statistics;
  bool without_queue = false;  // the service is degraded: it sent an empty queue URL
};

}  // namespace scaleset::protocol
