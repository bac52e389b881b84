#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <utility>

#include "listener/interruptible.hpp"
#include "listener/strict_report.hpp"
#include "scaleset/async/message_source.hpp"

namespace scaleset::listener {

/// What the coroutine listeners StrictListener and ScaleListener do alike: the actions of their
/// machines that concern the source, and the stop.
template <class Machine, class Action>
struct AsyncStrictDriver {
  AsyncStrictDriver(boost::asio::any_io_executor loop, async::MessageSource& the_source,
                    StrictListener::Options the_options)
      : executor(std::move(loop)),
        source(the_source),
        options(std::move(the_options)),
        report(options) {}

  void stop() {
    // If no poll is under way, the machine ends the run once the present message is handled.
    machine.stop_requested();
    // A message in hand is handled to its end, as GitHub's listener does (protocol.md 12.1).
    poll.emit(boost::asio::cancellation_type::terminal);
  }
  Result<void> set_max_runners(int max_runners) {
    auto checked = StrictReport::check_max_runners(max_runners);
    if (checked) options.max_runners = max_runners;
    return checked;
  }

  Action start() {
    auto const initial = source.statistics();
    report.starting(initial);
    return machine.started(initial);
  }
  boost::asio::awaitable<Action> get_message(MessageId last) {
    report.polling(last);
    auto received = co_await interruptible(executor, source.get_message(last, options.max_runners),
                                           poll.slot());
    if (!received) co_return machine.failed(received.error());
    report.received(*received);
    co_return machine.received(*std::move(received));
  }
  boost::asio::awaitable<Action> delete_message(MessageId id) {
    auto deleted = co_await source.delete_message(id);
    if (deleted) report.deleted();
    co_return answered(deleted);
  }
  Action answered(Result<void> const& outcome) {
    return outcome ? machine.succeeded() : machine.failed(outcome.error());
  }

  boost::asio::any_io_executor executor;
  async::MessageSource& source;
  StrictListener::Options options;
  StrictReport report;
  Machine machine;
  boost::asio::cancellation_signal poll;  // a stop interrupts only a poll
};

}  // namespace scaleset::listener
