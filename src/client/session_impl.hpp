#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "client/client_impl.hpp"
#include "protocol/session_machine.hpp"

namespace scaleset::async {

struct MessageSession::Impl {
  Impl(std::shared_ptr<Client::Impl> the_client, ScaleSetId the_scale_set,
       protocol::SessionInfo opened);

  using BuildRequest =
      std::function<Result<HttpRequest>(protocol::QueueAccess const&, std::string_view user_agent)>;
  /// A call with the queue token. An expired token is refreshed, once, whoever of several calls
  /// meets it first.
  template <class T>
  Task<T> queue_call(protocol::Operation operation, BuildRequest build,
                     client::Caller::Reader<T> read);
  Task<void> refresh();
  Task<void> wait_for_refresh();
  /// Waits for or makes a new token, as the machine says. The result is the error to hand out, if
  /// it did not work.
  Task<void> renew(protocol::SessionMachine::Answer answer);

  std::shared_ptr<Client::Impl> client;
  ScaleSetId scale_set;
  protocol::SessionMachine machine;
  boost::asio::steady_timer refreshed;  // cancelled at the end of a refresh
};

}  // namespace scaleset::async
