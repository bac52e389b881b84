#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <map>
#include <memory>

#include "http/curl_lane.hpp"
#include "http/curl_transfer.hpp"
#include "http/epoll_set.hpp"
#include "http/host_names.hpp"
#include "http/resolver.hpp"
#include "http/transport_settings.hpp"

namespace scaleset::http {

/// Owns the lanes and waits for their sockets. The transport and every call under way share it, so
/// it lives until the last call has ended.
class CurlEngine : public std::enable_shared_from_this<CurlEngine> {
 public:
  /// If `settings` is an error, every call fails with it. Without a `resolver` curl looks names up,
  /// each on a thread of its own.
  CurlEngine(boost::asio::any_io_executor executor,
             Result<std::shared_ptr<TransportSettings>> settings,
             std::shared_ptr<Resolver> resolver = nullptr);
  CurlEngine(CurlEngine const&) = delete;
  CurlEngine& operator=(CurlEngine const&) = delete;
  ~CurlEngine() = default;

  [[nodiscard]] Result<std::unique_ptr<CurlTransfer>> make_transfer(HttpRequest request) const;
  /// The names that the resolver has to find for a request to that URL. Null: none.
  [[nodiscard]] std::unique_ptr<HostNames> names_to_find(std::string const& url) const;
  /// See http::find_names(). `transfer` and this outlive the call.
  [[nodiscard]] boost::asio::awaitable<bool> find_names(CurlTransfer* transfer,
                                                        std::unique_ptr<HostNames> names);
  /// Ends every transfer and refuses new ones.
  void shut_down();
  /// See TransportSettings::read_again().
  Result<void> read_certificates_again() {
    return settings_ ? (*settings_)->read_again() : std::unexpected(settings_.error());
  }

 private:
  friend class RunningTransfer;

  /// Adds the transfer to a lane. Returns the tag of the lane, for end().
  [[nodiscard]] std::uint32_t start(CurlTransfer& transfer);
  void end(std::uint32_t tag, CurlTransfer& transfer);

  struct Lane {
    std::shared_ptr<CurlLane> lane;
    TrafficClass traffic;
    bool open = true;         // takes new transfers
    std::size_t running = 0;  // transfers between start() and end(), finished by curl or not
  };

  [[nodiscard]] Lane& lane_for(TrafficClass traffic);
  void drop_empty_lanes();
  [[nodiscard]] bool spare(Lane const& lane) const noexcept;
  [[nodiscard]] bool idle() const noexcept;
  void wait();
  void dispatch_events();

  boost::asio::any_io_executor executor_;
  Result<std::shared_ptr<TransportSettings>> settings_;
  std::shared_ptr<Resolver> resolver_;
  EpollSet sockets_;
  std::map<std::uint32_t, Lane> lanes_;  // by tag, so the oldest lane comes first
  std::uint32_t last_tag_ = 0;
  bool waiting_ = false;
  bool shut_down_ = false;
};

/// Starts a transfer and ends it when the scope ends, even if its coroutine is destroyed instead of
/// resumed.
class RunningTransfer {
 public:
  RunningTransfer(CurlEngine& engine, CurlTransfer& transfer)
      : engine_(engine), transfer_(transfer), lane_(engine_.start(transfer_)) {}
  RunningTransfer(RunningTransfer const&) = delete;
  RunningTransfer& operator=(RunningTransfer const&) = delete;
  ~RunningTransfer() { engine_.end(lane_, transfer_); }

 private:
  CurlEngine& engine_;
  CurlTransfer& transfer_;
  std::uint32_t lane_;
};

}  // namespace scaleset::http
