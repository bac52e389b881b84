#include "http/curl_lane.hpp"

#include <sys/epoll.h>

#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace scaleset::http {
namespace {

// Servers allow 100 streams or more per connection. We count on fewer, because too few connections
// make requests wait, while too many only cost memory.
constexpr std::size_t kStreamsPerConnection = 32;

CURLM* make_multi() {
  // curl must be initialised once before its first use, and clients may be made on any thread.
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) throw std::bad_alloc();
  return multi;
}

int to_curl(std::uint32_t events) {
  int mask = 0;
  // After a hang-up or an error, curl finds out what happened when it reads.
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) mask |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
  if ((events & EPOLLERR) != 0) mask |= CURL_CSELECT_ERR;
  return mask;
}

std::uint32_t to_epoll(int interest) {
  switch (interest) {
    case CURL_POLL_IN: return EPOLLIN;
    case CURL_POLL_OUT: return EPOLLOUT;
    case CURL_POLL_INOUT: return EPOLLIN | EPOLLOUT;
    default: return 0;
  }
}

}  // namespace

long connection_limit(std::size_t transfers, bool only_http2_seen) noexcept {
  // 0 is curl's "no limit": with HTTP/1.1 every held poll needs a connection of its own.
  if (!only_http2_seen) return 0;
  // Rounded up, with two to spare. It must not be 0 even without transfers.
  return static_cast<long>((transfers + kStreamsPerConnection - 1) / kStreamsPerConnection + 2);
}

bool lane_has_room(std::size_t transfers, bool only_http2_seen) noexcept {
  return only_http2_seen || transfers < kLaneTransfers;
}

CurlLane::CurlLane(boost::asio::any_io_executor const& executor, EpollSet& sockets,
                   std::uint32_t tag, TrafficClass traffic)
    : sockets_(sockets), tag_(tag), timer_(executor), multi_(make_multi()) {
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlLane::on_socket_interest);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlLane::on_timer_request);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  // By default, curl closes idle connections once there are more than four times as many as running
  // transfers. When many polls end together, all their connections are idle for a moment but needed
  // again at once.
  if (traffic == TrafficClass::long_poll)
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(kLaneTransfers));
}

CurlLane::~CurlLane() {
  // Closing the idle connections must not start the timer of a lane that is being destroyed.
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, nullptr);
}

void CurlLane::add(CurlTransfer& transfer) {
  transfers_.insert(&transfer);
  transfer.set_listener(*this);
  adjust_limit();
  CURLMcode const code = curl_multi_add_handle(multi_.get(), transfer.easy());
  if (code == CURLM_OK) return;
  transfers_.erase(&transfer);
  transfer.finish(CURLE_OUT_OF_MEMORY);
}

void CurlLane::remove(CurlTransfer& transfer) {
  if (transfers_.contains(&transfer)) drop(transfer);
}

void CurlLane::abandon_all() {
  while (!transfers_.empty()) {
    // From the beginning each time, because drop() changes the set.
    CurlTransfer& transfer = **transfers_.begin();
    drop(transfer);
    transfer.abandon();
  }
}

void CurlLane::on_socket_event(int fd, std::uint32_t events) { act(fd, to_curl(events)); }

void CurlLane::on_http2() noexcept {
  // Set the limit now and not at the first response. Transfers may be waiting for this connection,
  // and each that finds no room on it would open another one.
  http2_seen_ = true;
  adjust_limit();
}

void CurlLane::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_.get(), socket, events, &running);
  collect();
}

void CurlLane::collect() {
  // Collect first, because removing a handle invalidates curl's message about it.
  std::vector<std::pair<CURL*, CURLcode>> ended;
  int left = 0;
  while (CURLMsg const* const message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg == CURLMSG_DONE)
      ended.emplace_back(message->easy_handle, message->data.result);
  }
  for (auto const& [easy, code] : ended) {
    CurlTransfer& transfer = CurlTransfer::of(easy);
    // A single HTTP/1.1 response is enough to lift the limit on connections again.
    if (code == CURLE_OK) (transfer.used_http2() ? http2_seen_ : http1_seen_) = true;
    drop(transfer);
    transfer.finish(code);
  }
}

void CurlLane::drop(CurlTransfer& transfer) {
  transfers_.erase(&transfer);
  curl_multi_remove_handle(multi_.get(), transfer.easy());
  adjust_limit();
}

void CurlLane::adjust_limit() {
  long const limit = connection_limit(transfers_.size(), only_http2_seen());
  curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, limit);
}

void CurlLane::start_timer(long milliseconds) {
  if (milliseconds < 0) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(milliseconds));
  // Weak, because the lane may be gone when the timer fires.
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    std::shared_ptr<CurlLane> const self = weak.lock();
    if (!error && self) self->act(CURL_SOCKET_TIMEOUT, 0);
  });
}

int CurlLane::on_socket_interest(CURL*, curl_socket_t socket, int interest, void* self,
                                 void*) noexcept {
  auto& lane = *static_cast<CurlLane*>(self);
  if (interest == CURL_POLL_REMOVE) {
    lane.sockets_.forget(socket);
  } else {
    lane.sockets_.watch(socket, lane.tag_, to_epoll(interest));
  }
  return 0;
}

int CurlLane::on_timer_request(CURLM*, long milliseconds, void* self) noexcept {
  static_cast<CurlLane*>(self)->start_timer(milliseconds);
  return 0;
}

}  // namespace scaleset::http
