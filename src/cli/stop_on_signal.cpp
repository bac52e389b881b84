#include "cli/stop_on_signal.hpp"

#include <boost/asio/post.hpp>
#include <csignal>

namespace scaleset::cli {

StopOnSignal::StopOnSignal() : signals_(context_, SIGINT, SIGTERM) {
  signals_.async_wait([this](boost::system::error_code error, int /*signal*/) {
    if (!error) stop_.request_stop();
  });
  thread_ = std::thread([this] { context_.run(); });
}

StopOnSignal::~StopOnSignal() {
  boost::asio::post(context_, [this] { signals_.cancel(); });
  thread_.join();
}

}  // namespace scaleset::cli
