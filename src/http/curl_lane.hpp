#pragma once

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <unordered_set>

#include "http/curl_transfer.hpp"
#include "http/epoll_set.hpp"

namespace scaleset::http {

/// How many connections to one host are allowed while `transfers` transfers are under way. 0 means
/// no limit. With HTTP/2 many transfers share a connection, and without a limit curl would open one
/// connection for each transfer beyond the server's stream limit. With HTTP/1.1 a limit would
/// silently hold requests back while their time runs out.
[[nodiscard]] long connection_limit(std::size_t transfers, bool only_http2_seen) noexcept;

/// Whether a lane has room for another transfer. With HTTP/1.1 each transfer has its own
/// connection, and curl searches all connections of a host for a free one: with ten thousand of
/// them, the search would take more processor time than the polls themselves. With HTTP/2 there are
/// few connections, so there is no limit.
[[nodiscard]] bool lane_has_room(std::size_t transfers, bool only_http2_seen) noexcept;
/// The most transfers in one lane with HTTP/1.1.
inline constexpr std::size_t kLaneTransfers = 256;

/// One curl multi handle: a pool of connections and the transfers on them. Polls and control calls
/// have lanes of their own, so that a held poll never delays an acknowledgement.
class CurlLane final : public Http2Listener, public std::enable_shared_from_this<CurlLane> {
 public:
  /// `sockets` must outlive the lane, which registers its descriptors there under `tag`.
  CurlLane(boost::asio::any_io_executor const& executor, EpollSet& sockets, std::uint32_t tag,
           TrafficClass traffic);
  CurlLane(CurlLane const&) = delete;
  CurlLane& operator=(CurlLane const&) = delete;
  /// All transfers must have been removed before.
  ~CurlLane();

  /// The transfer runs until curl finishes it (the lane then calls CurlTransfer::finish), or until
  /// abandon_all() or remove(). It must be removed before it is destroyed.
  void add(CurlTransfer& transfer);
  /// Ends the transfer if it still runs. With HTTP/1.1 its connection is closed. With HTTP/2 its
  /// stream is reset; curl 7.88 sends the reset with the next bytes on that connection. Does
  /// nothing if the transfer has ended.
  void remove(CurlTransfer& transfer);
  void abandon_all();
  void on_socket_event(int fd, std::uint32_t events);
  void on_http2() noexcept override;
  [[nodiscard]] std::uint32_t tag() const noexcept { return tag_; }
  [[nodiscard]] std::size_t size() const noexcept { return transfers_.size(); }
  [[nodiscard]] bool only_http2_seen() const noexcept { return http2_seen_ && !http1_seen_; }

 private:
  struct MultiDeleter {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
  };

  void act(curl_socket_t socket, int events);
  void collect();
  void drop(CurlTransfer& transfer);
  void adjust_limit();
  void start_timer(long milliseconds);
  static int on_socket_interest(CURL*, curl_socket_t socket, int interest, void* self,
                                void*) noexcept;
  static int on_timer_request(CURLM*, long milliseconds, void* self) noexcept;

  EpollSet& sockets_;
  std::uint32_t tag_;
  boost::asio::steady_timer timer_;
  std::unordered_set<CurlTransfer*> transfers_;
  bool http1_seen_ = false;
  bool http2_seen_ = false;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
};

}  // namespace scaleset::http
