#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "base/log.hpp"
#include "http/server.hpp"

namespace scaleset::http {

/// What all connections of a server have in common.
struct ConnectionSettings {
  ConnectionSettings(ServerHandler on_request, ServerOptions limits, base::Logger logger)
      : handler(std::move(on_request)), options(std::move(limits)), log(std::move(logger)) {}
  ServerHandler handler;
  ServerOptions options;
  base::Logger log;
  std::shared_ptr<boost::asio::ssl::context> tls;  // null for plain HTTP
};

/// Answers the requests of one connection, one after the other, until either side ends it or the
/// coroutine is cancelled. Does not throw on cancellation if throw_if_cancelled is off, as in every
/// TaskScope. When this returns, the handler has ended.
boost::asio::awaitable<void> serve_connection(boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<ConnectionSettings const> settings);

}  // namespace scaleset::http
