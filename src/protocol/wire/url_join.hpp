#pragma once

#include <string>
#include <string_view>

#include "base/url.hpp"
#include "scaleset/error.hpp"
#include "scaleset/types.hpp"

namespace scaleset::protocol {

/// The URL of a call to the Actions service (protocol.md 2.4): `path` below the path of `base`,
/// dots and double slashes resolved, a trailing slash kept; the query is that of `base`,
/// overwritten by `query`, plus `api-version` unless `base` has one; keys sorted. Errors:
/// malformed_response if `base`, which the service gave us, is not a URL.
[[nodiscard]] Result<std::string> join_service_url(std::string_view base, std::string_view path,
                                                   base::QueryParameters const& query);

/// The queue's URL (protocol.md 6.1): as the service gave it, or with `lastMessageId` added and the
/// query re-encoded if `last` > 0.
[[nodiscard]] Result<std::string> poll_url(std::string_view queue_url, MessageId last);
/// The queue's URL with `/id` behind its path, the query unchanged (protocol.md 6.2).
[[nodiscard]] Result<std::string> message_url(std::string_view queue_url, MessageId id);

}  // namespace scaleset::protocol
