#include "http/curl_engine.hpp"

#include <utility>
#include <vector>

namespace scaleset::http {

CurlEngine::CurlEngine(boost::asio::any_io_executor executor,
                       Result<std::shared_ptr<TransportSettings>> settings)
    : executor_(std::move(executor)),
      settings_(std::move(settings)),
      sockets_(executor_),
      current_{add_lane(), add_lane()} {}

Result<std::unique_ptr<CurlTransfer>> CurlEngine::make_transfer(HttpRequest request) const {
  if (settings_) return CurlTransfer::make(executor_, **settings_, std::move(request));
  Error error = settings_.error();
  error.request_sent = false;
  return std::unexpected(std::move(error));
}

std::shared_ptr<CurlLane> CurlEngine::start(CurlTransfer& transfer) {
  std::shared_ptr<CurlLane> lane = lanes_.at(current_tag(transfer.traffic()));
  if (shut_down_) {
    transfer.abandon();
  } else {
    lane->add(transfer);
    wait();
  }
  return lane;
}

void CurlEngine::end(CurlLane& lane, CurlTransfer& transfer) {
  lane.remove(transfer);
  if (transfer.timed_out()) leave(transfer.traffic(), lane);
  std::erase_if(lanes_, [this](auto const& entry) {
    bool const current = entry.first == current_[0] || entry.first == current_[1];
    return !current && entry.second->size() == 0;
  });
  // A wait for nothing would keep io_context::run() from returning.
  if (waiting_ && idle()) sockets_.cancel_wait();
}

/// curl keeps an HTTP/2 connection on which a transfer ran out of time, and would give it to the
/// next one. Where nobody at the far end listens any more, though something on the way still
/// acknowledges bytes, that one would run out of time as well, and so on (W-31). So new transfers
/// get new connections; the old lane goes when its last transfer has ended.
void CurlEngine::leave(TrafficClass traffic, CurlLane const& lane) {
  std::uint32_t& tag = current_tag(traffic);
  if (!shut_down_ && lanes_.at(tag).get() == &lane) tag = add_lane();
}

std::uint32_t CurlEngine::add_lane() {
  std::uint32_t const tag = ++last_tag_;
  lanes_.emplace(tag, std::make_shared<CurlLane>(executor_, sockets_, tag));
  return tag;
}

void CurlEngine::shut_down() {
  shut_down_ = true;
  for (auto const& [tag, lane] : lanes_) lane->abandon_all();
  if (waiting_) sockets_.cancel_wait();
}

bool CurlEngine::idle() const noexcept {
  for (auto const& [tag, lane] : lanes_)
    if (lane->size() > 0) return false;
  return true;
}

void CurlEngine::wait() {
  if (waiting_ || idle()) return;
  waiting_ = true;
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
    if (lane != lanes_.end()) lane->second->on_socket_event(event.fd, event.events);
  }
}

}  // namespace scaleset::http
