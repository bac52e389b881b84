#include "protocol/machines/listener_patience.hpp"

namespace scaleset::protocol {
namespace {

bool refused(Error const& error) noexcept {
  return error.code == ErrorCode::unauthorized || error.code == ErrorCode::forbidden ||
         error.code == ErrorCode::invalid_private_key;
}

}  // namespace

Wait patience(Error const& error) noexcept {
  if (refused(error)) return kRefused;
  return error.request_sent ? kTransient : kUnreached;
}

bool trouble(Error const& error) noexcept {
  return (error.transient() && error.code != ErrorCode::malformed_response) || refused(error) ||
         error.code == ErrorCode::tls_verification || error.code == ErrorCode::proxy_authentication;
}

bool hopeless(Error const& error) noexcept {
  return error.code == ErrorCode::invalid_argument || error.code == ErrorCode::invalid_config_url ||
         error.code == ErrorCode::invalid_options;
}

}  // namespace scaleset::protocol
