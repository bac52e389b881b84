#include "http/curl_transport.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "http/curl_lane.hpp"
#include "http/sleep.hpp"

namespace scaleset::http {
namespace asio = boost::asio;
namespace {

/// Both lanes, and the wait for their sockets. Owned by the transport and by every call under way.
class CurlEngine : public std::enable_shared_from_this<CurlEngine> {
 public:
  CurlEngine(asio::any_io_executor executor, TransportOptions options)
      : executor_(std::move(executor)),
        options_(std::move(options)),
        sockets_(executor_),
        control_(std::make_shared<CurlLane>(executor_, sockets_, kControl)),
        polls_(std::make_shared<CurlLane>(executor_, sockets_, kPolls)) {}

  [[nodiscard]] Result<std::unique_ptr<CurlTransfer>> make_transfer(HttpRequest request) const {
    return CurlTransfer::make(executor_, options_, std::move(request));
  }
  void start(CurlTransfer& transfer);
  void end(CurlTransfer& transfer);
  void shut_down();

 private:
  static constexpr std::uint32_t kControl = 0;
  static constexpr std::uint32_t kPolls = 1;

  CurlLane& lane_of(CurlTransfer const& transfer) {
    return transfer.traffic() == TrafficClass::long_poll ? *polls_ : *control_;
  }
  [[nodiscard]] bool idle() const noexcept { return control_->size() + polls_->size() == 0; }
  void wait();
  void dispatch_events();

  asio::any_io_executor executor_;
  TransportOptions options_;
  EpollSet sockets_;
  std::shared_ptr<CurlLane> control_;
  std::shared_ptr<CurlLane> polls_;
  bool waiting_ = false;
  bool shut_down_ = false;
};

void CurlEngine::start(CurlTransfer& transfer) {
  if (shut_down_) {
    transfer.abandon();
    return;
  }
  lane_of(transfer).add(transfer);
  wait();
}

void CurlEngine::end(CurlTransfer& transfer) {
  lane_of(transfer).remove(transfer);
  // A wait for nothing would keep io_context::run() from returning.
  if (waiting_ && idle()) sockets_.cancel_wait();
}

void CurlEngine::shut_down() {
  shut_down_ = true;
  control_->abandon_all();
  polls_->abandon_all();
  if (waiting_) sockets_.cancel_wait();
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
    (event.tag == kPolls ? polls_ : control_)->on_socket_event(event.fd, event.events);
  }
}

/// Keeps a transfer with the engine while in scope, also when its coroutine is destroyed rather
/// than resumed.
class RunningTransfer {
 public:
  RunningTransfer(CurlEngine& engine, CurlTransfer& transfer)
      : engine_(engine), transfer_(transfer) {
    engine_.start(transfer_);
  }
  RunningTransfer(RunningTransfer const&) = delete;
  RunningTransfer& operator=(RunningTransfer const&) = delete;
  ~RunningTransfer() { engine_.end(transfer_); }

 private:
  CurlEngine& engine_;
  CurlTransfer& transfer_;
};

/// Until the response is there, the transport gave up, the time is up or the caller has cancelled.
asio::awaitable<void> wait_for_end(CurlTransfer* transfer) {
  while (!transfer->ended()) {
    boost::system::error_code error;
    co_await transfer->deadline().async_wait(asio::redirect_error(asio::use_awaitable, error));
    bool const cancelled = co_await is_cancelled();
    if (cancelled || !error) co_return;
  }
}

Task<HttpResponse> exchange(std::shared_ptr<CurlEngine> engine, HttpRequest request) {
  Result<std::unique_ptr<CurlTransfer>> made = engine->make_transfer(std::move(request));
  if (!made) co_return std::unexpected(std::move(made.error()));
  std::unique_ptr<CurlTransfer> const transfer = std::move(*made);
  bool cancelled = co_await is_cancelled();
  if (cancelled) co_return transfer->take_result(cancelled);
  {
    RunningTransfer const running(*engine, *transfer);
    co_await wait_for_end(transfer.get());
  }
  cancelled = co_await is_cancelled();
  co_return transfer->take_result(cancelled);
}

class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(asio::any_io_executor executor, TransportOptions options)
      : engine_(std::make_shared<CurlEngine>(std::move(executor), std::move(options))) {}
  CurlTransport(CurlTransport const&) = delete;
  CurlTransport& operator=(CurlTransport const&) = delete;
  ~CurlTransport() override { engine_->shut_down(); }

  Task<HttpResponse> send(HttpRequest request) override {
    return exchange(engine_, std::move(request));
  }

 private:
  std::shared_ptr<CurlEngine> engine_;
};

}  // namespace

std::shared_ptr<HttpTransport> make_curl_transport(asio::any_io_executor executor,
                                                   TransportOptions options) {
  return std::make_shared<CurlTransport>(std::move(executor), std::move(options));
}

}  // namespace scaleset::http
