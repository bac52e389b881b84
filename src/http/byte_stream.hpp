#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/resolver.hpp"
#include "scaleset/async/transport.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::http {

/// How a client shows who it is and whom it trusts. All are PEM texts.
struct ClientTls {
  ClientTls() = default;
  std::string authorities;  // whom it trusts, nobody else; empty: those of the system
  std::string certificate;  // its own; empty: none
  Secret key;
  bool verify = true;  // whether the server's certificate is checked
};

/// Where a server listens.
struct ServerAddress {
  ServerAddress() = default;
  std::string socket;  // the path of a unix socket; if it is empty, what follows counts
  std::string host;
  std::uint16_t port = 0;
  std::optional<ClientTls> tls;
  /// For a person: "unix:///run/docker.sock", "tcp://engine:2376".
  [[nodiscard]] std::string text() const;
};

/// A connection, whatever it is made of. Used on the executor's thread, by one coroutine.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Waits for at least one byte. Returns 0 at the end. Errors: network; cancelled, also after
  /// close().
  virtual Task<std::size_t> read_some(std::span<char> room) = 0;
  /// `text` must outlive the call. Errors: as above.
  virtual Task<void> write(std::string_view text) = 0;
  /// Ends what is under way, and the connection.
  virtual void close() = 0;
};

/// Errors: network, with the address and the system's reason; tls_verification; timeout;
/// cancelled; invalid_options, if the certificates cannot be used.
[[nodiscard]] Task<std::unique_ptr<ByteStream>> connect(boost::asio::any_io_executor executor,
                                                        ServerAddress address, Resolver* resolver,
                                                        std::chrono::milliseconds longest);

}  // namespace scaleset::http
