#include "protocol/machines/message_sequence.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace scaleset::protocol {
namespace {

// Limits the memory of handled_. An older message that comes again is handled again.
constexpr std::size_t kRemembered = 256;
constexpr int kPollsFromZero = 3;  // every third one

class Hash {
 public:
  template <class T>
  void add(T const& value) {
    constexpr std::size_t golden_ratio = 0x9e3779b97f4a7c15;
    sum_ ^= std::hash<T>{}(value) + golden_ratio + (sum_ << 6U) + (sum_ >> 2U);
  }
  [[nodiscard]] std::size_t sum() const noexcept { return sum_; }

 private:
  std::size_t sum_ = 0;
};

void add_job(Hash& hash, JobInfo const& job) {
  hash.add(std::string_view(job.job_id));
  hash.add(job.request.value);
  hash.add(job.workflow_run_id);
}

/// The statistics count only if there are no jobs: they might be newer when a message is delivered
/// again.
std::size_t content_of(Message const& message) {
  Hash hash;
  for (JobMessage const& entry : message.jobs) {
    hash.add(entry.index());
    std::visit(
        [&hash](auto const& known) {
          if constexpr (requires { known.job; }) {
            add_job(hash, known.job);
          } else {
            hash.add(std::string_view(known.type));
          }
        },
        entry);
  }
  if (message.jobs.empty() && message.statistics) {
    hash.add(message.statistics->available_jobs);
    hash.add(message.statistics->assigned_jobs);
    hash.add(message.statistics->running_jobs);
  }
  return hash.sum();
}

}  // namespace

MessageId MessageSequence::cursor_of_next_poll() const noexcept {
  bool const from_zero = !unacknowledged_ && empty_polls_ % kPollsFromZero == kPollsFromZero - 1;
  return from_zero ? MessageId{0} : cursor_;
}

MessageSequence::Place MessageSequence::look_at(Message const& message) {
  empty_polls_ = 0;
  if (message.id > cursor_) return Place::next;
  auto const known = std::ranges::find(handled_, message.id, &Handled::id);
  if (known != handled_.end() && known->content == content_of(message)) return Place::repeated;
  restart();
  return Place::restarted;
}

void MessageSequence::handled(Message const& message) {
  cursor_ = std::max(cursor_, message.id);
  unacknowledged_ = message.id;
  if (std::ranges::find(handled_, message.id, &Handled::id) != handled_.end()) return;
  handled_.push_back({message.id, content_of(message)});
  if (handled_.size() > kRemembered) handled_.erase(handled_.begin());
}

}  // namespace scaleset::protocol
