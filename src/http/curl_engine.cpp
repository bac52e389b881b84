#include "http/curl_engine.hpp"

#include <utility>
#include <vector>

namespace scaleset::http {

CurlEngine::CurlEngine(boost::asio::any_io_executor executor,
                       Result<std::shared_ptr<TransportSettings>> settings,
                       std::shared_ptr<Resolver> resolver)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      resolver_(std::move(resolver)),
      sockets_(executor_) {}

Result<std::unique_ptr<CurlTransfer>> CurlEngine::make_transfer(HttpRequest request) const {
  // Settings that are wrong make every call fail, so that the constructor of a client need not.
  if (settings_) return CurlTransfer::make(executor_, **settings_, std::move(request));
  Error error = settings_.error();
  error.request_sent = false;
  return std::unexpected(std::move(error));
}

std::unique_ptr<HostNames> CurlEngine::names_to_find(std::string const& url) const {
  if (!resolver_ || !settings_) return nullptr;
  Result<base::Url> const parsed = base::parse_url(url);
  return parsed ? http::names_to_find(*parsed, (*settings_)->proxy_for(*parsed)) : nullptr;
}

boost::asio::awaitable<bool> CurlEngine::find_names(CurlTransfer* transfer,
                                                    std::unique_ptr<HostNames> names) {
  NameSearch search(resolver_.get(), transfer, (*settings_)->options().connect_timeout,
                    [this] { return shut_down_; });
  return http::find_names(std::move(search), std::move(names));
}

std::uint32_t CurlEngine::start(CurlTransfer& transfer) {
  Lane& entry = lane_for(transfer.traffic());
  ++entry.running;
  // The caller sees a cancelled call, like the calls that shut_down() ended.
  if (shut_down_) {
    transfer.abandon();
  } else {
    entry.lane->add(transfer);
    wait();
  }
  return entry.lane->tag();
}

void CurlEngine::end(std::uint32_t tag, CurlTransfer& transfer) {
  Lane& entry = lanes_.at(tag);
  entry.lane->remove(transfer);
  --entry.running;
  // curl keeps an HTTP/2 connection after a transfer on it has timed out, and would use it for the
  // next transfer. If the server is gone but something on the way still acknowledges bytes, that
  // transfer would time out as well, and so would every later one (W-31). So this lane takes no new
  // transfers: they get another lane with new connections. This lane is dropped when its last
  // transfer has ended.
  if (transfer.timed_out()) entry.open = false;
  drop_empty_lanes();
  // Without transfers there is nothing to wait for, and a pending wait would keep io_context::run()
  // from returning.
  if (waiting_ && idle()) sockets_.cancel_wait();
}

CurlEngine::Lane& CurlEngine::lane_for(TrafficClass traffic) {
  // The oldest lane with room is used first, so that younger lanes run empty and can be dropped.
  for (auto& [tag, entry] : lanes_) {
    bool const room = lane_has_room(entry.running, entry.lane->only_http2_seen());
    if (entry.open && entry.traffic == traffic && room) return entry;
  }
  std::uint32_t const tag = ++last_tag_;
  auto lane = std::make_shared<CurlLane>(executor_, sockets_, tag, traffic);
  return lanes_.emplace(tag, Lane{.lane = std::move(lane), .traffic = traffic}).first->second;
}

void CurlEngine::drop_empty_lanes() {
  std::erase_if(lanes_, [this](auto const& item) {
    Lane const& entry = item.second;
    return entry.running == 0 && (!entry.open || spare(entry));
  });
}

/// Whether the lane's connections are not needed, because an older lane for the same traffic is at
/// most half full.
bool CurlEngine::spare(Lane const& lane) const noexcept {
  for (auto const& [tag, other] : lanes_) {
    if (other.lane == lane.lane) return false;
    if (other.open && other.traffic == lane.traffic && other.running <= kLaneTransfers / 2)
      return true;
  }
  return false;
}

void CurlEngine::shut_down() {
  shut_down_ = true;
  for (auto const& [tag, entry] : lanes_) entry.lane->abandon_all();
  if (waiting_) sockets_.cancel_wait();
  if (resolver_) resolver_->wake_all();
}

bool CurlEngine::idle() const noexcept {
  for (auto const& [tag, entry] : lanes_)
    if (entry.lane->size() > 0) return false;
  return true;
}

void CurlEngine::wait() {
  if (waiting_ || idle()) return;
  waiting_ = true;
  // Weak, because a pending wait must not keep the engine alive after its last owner has gone.
  sockets_.async_wait([weak = weak_from_this()] {
    std::shared_ptr<CurlEngine> const self = weak.lock();
    if (!self) return;
    self->waiting_ = false;
    self->dispatch_events();
    self->wait();
  });
}

void CurlEngine::dispatch_events() {
  for (EpollSet::Event const& event : sockets_.drain()) {
    auto const lane = lanes_.find(event.tag);
    if (lane != lanes_.end()) lane->second.lane->on_socket_event(event.fd, event.events);
  }
}

}  // namespace scaleset::http
