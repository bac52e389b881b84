#include "base/log_writer.hpp"

#include <sys/eventfd.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <system_error>

#include "base/clock.hpp"
#include "base/interruptible_write.hpp"
#include "base/journal_stream.hpp"
#include "base/log_queue.hpp"
#include "base/unique_fd.hpp"

namespace scaleset::base {
namespace {

constexpr std::size_t kMostQueuedBytes = 1U << 20U;
// Together a second: how long the end waits for the reader, and then for the thread to notice.
constexpr std::chrono::milliseconds kEndPatience{900};
constexpr std::chrono::milliseconds kThreadPatience{100};

bool wants_colour(int descriptor) {
  char const* const terminal = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

}  // namespace

/// What the thread works on. It has a share of it, because a thread that hangs in a write (another
/// process took the room that poll() saw) is left behind at the end.
class LogWriter::Shared {
 public:
  Shared(LogFormat format, int descriptor, std::shared_ptr<Clock> clock)
      : format_(format),
        descriptor_(descriptor),
        colour_(wants_colour(descriptor)),
        journal_(leads_to_journal(descriptor, std::getenv("JOURNAL_STREAM"))),
        clock_(clock ? std::move(clock) : system_clock()),
        give_up_(::eventfd(0, EFD_CLOEXEC)) {}

  void write(LogRecord const& record) {
    LogLine line(record.level, format(record), LogCounts(record.level));
    std::lock_guard const lock(mutex_);
    report_dropped();
    queue_.push(std::move(line));
    changed_.notify_all();
  }

  void configure(LogFormat format) noexcept { format_ = format; }

  bool flush(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return queue_.empty() && !writing_; });
  }

  /// Lets the thread end, even if it waits for the reader. False if it has not within `limit`.
  bool end(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    ending_ = true;
    [[maybe_unused]] int const told = ::eventfd_write(give_up_.get(), 1);
    changed_.notify_all();
    return changed_.wait_for(lock, limit, [this] { return ended_; });
  }

  void run() {
    // Signals are for the threads that wait for them. SIGPIPE would end the process when the reader
    // is gone; blocked, it leaves write() to say so.
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, nullptr);
    std::unique_lock lock(mutex_);
    while (!ending_) {
      if (auto line = queue_.pop()) {
        write_out(*line, lock);
      } else {
        changed_.wait(lock);
      }
    }
    ended_ = true;
    changed_.notify_all();
  }

 private:
  [[nodiscard]] std::string format(LogRecord const& record) const {
    std::string line = format_log_line(record, clock_->now().wall, format_, colour_);
    if (journal_) line.insert(0, journal_prefix(record.level));
    return line;
  }

  void write_out(LogLine const& line, std::unique_lock<std::mutex>& lock) {
    writing_ = true;
    lock.unlock();
    int const error = write_interruptibly(descriptor_, line.text, give_up_.get());
    lock.lock();
    writing_ = false;
    if (error != 0) {
      queue_.drop(line);
      failure_ = error;
    } else if (queue_.empty()) {
      report_dropped();
    }
    changed_.notify_all();
  }

  /// Queues a line that says what was dropped, if there is anything to say and room to say it.
  /// After a failure that is only when the next record comes, so that there is no endless trying.
  void report_dropped() {
    auto const dropped = queue_.take_dropped();
    if (!dropped) return;
    int const failure = std::exchange(failure_, 0);
    std::string const text = dropped->describe_dropped(
        failure == 0
            ? "the log's reader was too slow"
            : "the log could not be written (" + std::generic_category().message(failure) + ")");
    queue_.push(LogLine(LogLevel::warn, format({LogLevel::warn, "log", text, {}}), *dropped));
  }

  std::atomic<LogFormat> format_;
  int const descriptor_;
  bool const colour_;
  bool const journal_;
  std::shared_ptr<Clock> const clock_;
  UniqueFd const give_up_;  // an eventfd, readable once the thread is to end

  std::mutex mutex_;  // for all below: writers are on any thread
  std::condition_variable changed_;
  LogQueue queue_{kMostQueuedBytes};
  bool writing_ = false;
  int failure_ = 0;  // the errno of the last line that could not be written
  bool ending_ = false;
  bool ended_ = false;
};

LogWriter::LogWriter(LogLevel least, LogFormat format, int descriptor, std::shared_ptr<Clock> clock)
    : least_(least),
      shared_(std::make_shared<Shared>(format, descriptor, std::move(clock))),
      thread_([shared = shared_] { shared->run(); }) {}

void LogWriter::configure(LogLevel least, LogFormat format) noexcept {
  least_ = least;
  shared_->configure(format);
}

LogWriter::~LogWriter() {
  flush(kEndPatience);
  if (shared_->end(kThreadPatience)) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void LogWriter::write(LogRecord const& record) noexcept { shared_->write(record); }

bool LogWriter::flush(std::chrono::milliseconds limit) noexcept { return shared_->flush(limit); }

}  // namespace scaleset::base
