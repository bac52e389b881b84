#include "daemon/signal_watch.hpp"

#include <unistd.h>

#include <string>

#include "base/files.hpp"
#include "base/signals.hpp"

namespace scaleset::daemon {
namespace {

std::string own_cgroups() {
  // What cannot be read says nothing: then runners outlive us, as they do without control groups.
  return base::read_file("/proc/self/cgroup").value_or("");
}

}  // namespace

SignalWatch::SignalWatch(boost::asio::io_context& context, int signals, HouseConfig const& config,
                         Hooks const& hooks, House& house)
    : signals_(context, signals),
      drain_timer_(context.get_executor()),
      clock_(hooks.clock),
      log_(hooks.log, "daemon"),
      machine_(config.on_stop, config.drain_timeout,
               why_runners_end_with_us(::getpid(), own_cgroups())),
      house_(house) {
  wait();
}

void SignalWatch::end() {
  signals_.cancel();
  drain_timer_.cancel();
}

void SignalWatch::drain(std::string why) {
  perform(machine_.drain_requested(std::move(why), clock_->now().steady));
}

void SignalWatch::configure(HouseConfig const& config) {
  machine_.configure(config.on_stop, config.drain_timeout);
}

void SignalWatch::wait() {
  signals_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](boost::system::error_code error) {
                        if (error) return;
                        read_all();
                        wait();
                      });
}

void SignalWatch::read_all() {
  unsigned char number = 0;
  while (::read(signals_.native_handle(), &number, 1) == 1) received(number);
}

void SignalWatch::received(int signal) {
  auto const step = machine_.signalled(signal, clock_->now().steady);
  if (step.kind == StopStep::Kind::none) {
    std::string const name = signal_name(signal);
    log_.info("a signal was received that does nothing now", {{"signal", name}});
  }
  perform(step);
  if (!machine_.leaving()) base::do_not_end();
}

void SignalWatch::perform(StopStep const& step) {
  if (told_) told_(step);
  switch (step.kind) {
    case StopStep::Kind::none: break;
    case StopStep::Kind::drain: house_.drain(step.why); break;
    case StopStep::Kind::detach:
      base::end_at_last(kLongestStop);
      house_.detach(step.why);
      break;
    case StopStep::Kind::reload:
      if (reload_) reload_(step.why);
      break;
    case StopStep::Kind::report: house_.report_waiting(); break;
  }
  watch_drain();
}

void SignalWatch::watch_drain() {
  drain_timer_.cancel();
  auto const due = machine_.due();
  if (!due) return;
  drain_timer_.expires_after(*due - clock_->now().steady);
  drain_timer_.on_expiry([this] { perform(machine_.woken(clock_->now().steady)); });
}

}  // namespace scaleset::daemon
