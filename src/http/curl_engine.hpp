#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "http/curl_lane.hpp"
#include "http/curl_transfer.hpp"
#include "http/epoll_set.hpp"
#include "http/transport_settings.hpp"

namespace scaleset::http {

/// The lanes, and the wait for their sockets. Owned by the transport and by every call under way.
class CurlEngine : public std::enable_shared_from_this<CurlEngine> {
 public:
  /// Settings that are an error are the answer to every call.
  CurlEngine(boost::asio::any_io_executor executor,
             Result<std::shared_ptr<TransportSettings>> settings);
  CurlEngine(CurlEngine const&) = delete;
  CurlEngine& operator=(CurlEngine const&) = delete;
  ~CurlEngine() = default;

  [[nodiscard]] Result<std::unique_ptr<CurlTransfer>> make_transfer(HttpRequest request) const;
  /// Ends every transfer and refuses new ones.
  void shut_down();

 private:
  friend class RunningTransfer;

  [[nodiscard]] std::shared_ptr<CurlLane> start(CurlTransfer& transfer);
  void end(CurlLane& lane, CurlTransfer& transfer);

  [[nodiscard]] std::uint32_t& current_tag(TrafficClass traffic) noexcept {
    return current_.at(static_cast<std::size_t>(traffic));
  }
  [[nodiscard]] std::uint32_t add_lane();
  void leave(TrafficClass traffic, CurlLane const& lane);
  [[nodiscard]] bool idle() const noexcept;
  void wait();
  void dispatch_events();

  boost::asio::any_io_executor executor_;
  Result<std::shared_ptr<TransportSettings>> settings_;
  EpollSet sockets_;
  std::unordered_map<std::uint32_t, std::shared_ptr<CurlLane>> lanes_;  // by tag
  std::uint32_t last_tag_ = 0;
  std::array<std::uint32_t, 2> current_;  // by TrafficClass: where new transfers go
  bool waiting_ = false;
  bool shut_down_ = false;
};

/// Keeps a transfer with the engine while in scope, also when its coroutine is destroyed rather
/// than resumed.
class RunningTransfer {
 public:
  RunningTransfer(CurlEngine& engine, CurlTransfer& transfer)
      : engine_(engine), transfer_(transfer), lane_(engine_.start(transfer_)) {}
  RunningTransfer(RunningTransfer const&) = delete;
  RunningTransfer& operator=(RunningTransfer const&) = delete;
  ~RunningTransfer() { engine_.end(*lane_, transfer_); }

 private:
  CurlEngine& engine_;
  CurlTransfer& transfer_;
  std::shared_ptr<CurlLane> lane_;
};

}  // namespace scaleset::http
