#include "cli/stop_on_signal.hpp"

#include <boost/asio/post.hpp>
#include <csignal>

namespace scaleset::cli {

StopOnSignal::StopOnSignal() : signals_(context_, SIGINT, SIGTERM) {
  signals_.async_wait([this](boost::system::error_code error, int /*signal*/) {
    if (!error) stop_.request_stop();
  });
  // A thread of its own, since the calls of the blocking API occupy the main one.
  thread_ = std::thread([this] { context_.run(); });
}

StopOnSignal::~StopOnSignal() {
  // On its thread: a signal_set is not thread-safe.
  boost::asio::post(context_, [this] { signals_.cancel(); });
  thread_.join();
}

}  // namespace scaleset::cli
