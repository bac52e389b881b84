#include "daemon/control_listener.hpp"

#include <utility>

#include "base/files.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kLongestLook{10};

/// Blocks. Nothing is opened as long as `served` is at the path.
Result<std::unique_ptr<ControlSocket>> open_again(std::filesystem::path const& path,
                                                  std::optional<base::FileIdentity> const& served) {
  if (served && base::is_at(path, served)) return nullptr;
  // The state may have been moved elsewhere.
  if (served) {
    auto made = base::create_private_folder(path.parent_path());
    if (!made) return std::unexpected(made.error());
  }
  auto opened = ControlSocket::open(path);
  if (!opened) return std::unexpected(opened.error());
  return std::make_unique<ControlSocket>(*std::move(opened));
}

}  // namespace

ControlListener::ControlListener(asio::any_io_executor executor, std::filesystem::path path,
                                 ControlServer::Handler handler, base::Background& disk,
                                 std::shared_ptr<LogSink> log)
    : executor_(std::move(executor)),
      path_(std::move(path)),
      handler_(std::move(handler)),
      disk_(disk),
      sink_(std::move(log)),
      log_(sink_, "daemon"),
      tasks_(executor_, sink_) {}

void ControlListener::start() {
  auto opened = ControlSocket::open(path_);
  if (opened)
    serve(*std::move(opened));
  else
    failed(opened.error());
  tasks_.spawn(keep());
}

asio::awaitable<void> ControlListener::stop() {
  tasks_.request_stop();
  co_await tasks_.join();
  if (server_) {
    co_await server_->stop();
  }
}

void ControlListener::serve(ControlSocket socket) {
  failure_.clear();
  std::string const path = path_.string();
  log_.info("listening for commands", {{"socket", path}});
  server_ = std::make_unique<ControlServer>(executor_, std::move(socket), handler_, sink_);
  server_->start();
}

void ControlListener::failed(Error const& error) {
  if (std::exchange(failure_, error.message) == error.message) return;
  log_.warn("no command such as `scaleset status` can reach this process; it goes on without",
            {{"error", error.message}});
}

asio::awaitable<void> ControlListener::keep() {
  while (!tasks_.stop_requested()) {
    bool const slept = co_await async::sleep_for(kBetweenLooks);
    if (!slept) co_return;
    auto const served = server_ ? server_->socket().file() : std::nullopt;
    base::Background::Work<Opened> work = [path = path_, served] {
      return open_again(path, served);
    };
    auto opened = co_await disk_.run_at_most<Opened>(kLongestLook, std::move(work));
    if (!opened) {
      if (opened.error().code != ErrorCode::cancelled) failed(opened.error());
      continue;
    }
    if (*opened == nullptr) continue;
    co_await replace(*std::move(opened));
  }
}

asio::awaitable<void> ControlListener::replace(Opened socket) {
  if (server_) {
    log_.warn("the control socket was gone; it is made again");
    co_await server_->stop();
    server_.reset();
  }
  serve(std::move(*socket));
}

}  // namespace scaleset::daemon
