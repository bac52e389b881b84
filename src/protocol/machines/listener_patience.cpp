#include "protocol/machines/listener_patience.hpp"

namespace scaleset::protocol {
namespace {

/// Whether the credentials are refused or unusable. This is not final: they are read anew for each
/// token, so a rotation ends it without a restart (field problem D2).
bool refused(Error const& error) noexcept {
  return error.code == ErrorCode::unauthorized || error.code == ErrorCode::forbidden ||
         error.code == ErrorCode::invalid_private_key || error.code == ErrorCode::invalid_options;
}

/// Whether the credentials could not be read, so that the service was not even asked.
bool unreadable(Error const& error) noexcept { return error.code == ErrorCode::io; }

}  // namespace

Wait patience(Error const& error) noexcept {
  if (refused(error)) return kRefused;
  // An attempt that never reached the service costs it nothing, so it may be repeated sooner (ADR
  // 14).
  return error.request_sent ? kTransient : kUnreached;
}

bool trouble(Error const& error) noexcept {
  // An answer that cannot be read is transient too, but it may be the session that is broken: the
  // listener counts such answers and opens another session after three (A1).
  return (error.transient() && error.code != ErrorCode::malformed_response) || refused(error) ||
         error.code == ErrorCode::tls_verification ||
         error.code == ErrorCode::proxy_authentication || unreadable(error);
}

bool hopeless(Error const& error) noexcept {
  return error.code == ErrorCode::invalid_argument || error.code == ErrorCode::invalid_config_url;
}

}  // namespace scaleset::protocol
