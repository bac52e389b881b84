#include <condition_variable>
#include <mutex>
#include <utility>

#include "scaleset/message_source.hpp"

namespace scaleset::inline v0 {
namespace {

/// Lends a session that its caller opened, and will close, to the strict listener.
class OpenSessionSource final : public MessageSource {
 public:
  explicit OpenSessionSource(MessageSession session) : session_(std::move(session)) {}
  Result<std::optional<Message>> get_message(MessageId last, int max_capacity,
                                             std::stop_token stop) override {
    return session_.get_message(last, max_capacity, std::move(stop));
  }
  Result<void> delete_message(MessageId id) override { return session_.delete_message(id); }
  Result<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override {
    return session_.acquire_jobs(ids);
  }
  [[nodiscard]] std::optional<Statistics> statistics() const override {
    return session_.statistics();
  }

 private:
  MessageSession session_;
};

/// Opens and closes sessions of its own for the resilient listener. The listener's machine sees to
/// it that messages are asked for only between open() and close().
class ClientSource final : public SessionSource {
 public:
  explicit ClientSource(Client client) : client_(std::move(client)) {}

  Result<std::optional<Message>> get_message(MessageId last, int max_capacity,
                                             std::stop_token stop) override {
    return session_->get_message(last, max_capacity, std::move(stop));
  }
  Result<void> delete_message(MessageId id) override { return session_->delete_message(id); }
  Result<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override {
    return session_->acquire_jobs(ids);
  }
  [[nodiscard]] std::optional<Statistics> statistics() const override {
    return session_ ? session_->statistics() : std::nullopt;
  }
  Result<void> open(ScaleSetId scale_set, std::string owner, std::stop_token stop) override {
    session_.reset();
    SessionOptions options;
    options.recreate = false;  // the listener decides about that, and tells its user
    SystemInfo info = client_.system_info();
    info.scale_set_id = scale_set.value;
    options.system_info = std::move(info);
    auto opened = client_.open_session(scale_set, std::move(owner), std::move(stop), options);
    if (!opened) return std::unexpected(opened.error());
    session_ = *std::move(opened);
    return {};
  }
  Result<void> close(std::chrono::milliseconds within) override {
    if (!session_) return {};
    CallOptions bounded;
    bounded.timeout = within;
    auto closed = session_->close(bounded);
    // Also after a failed close(): the caller has the error, and does not use the session again.
    session_.reset();
    return closed;
  }
  Result<void> close_left_behind(ScaleSetId scale_set, std::string session_id) override {
    return client_.close_session(scale_set, std::move(session_id));
  }
  [[nodiscard]] std::string session_id() const override { return session_ ? session_->id() : ""; }
  Result<ScaleSet> get_scale_set(ScaleSetId id, std::stop_token stop) override {
    return client_.get_scale_set(id, std::move(stop));
  }
  Result<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId id, std::stop_token stop) override {
    return client_.acquirable_jobs(id, std::move(stop));
  }
  Result<ScaleSet> get_or_create_scale_set(ScaleSet wanted, std::stop_token stop) override {
    return client_.get_or_create_scale_set(std::move(wanted), std::move(stop));
  }

 private:
  Client client_;
  std::optional<MessageSession> session_;
};

}  // namespace

void SessionSource::wait(std::chrono::milliseconds time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never_notified;
  std::unique_lock lock(mutex);
  // Only the time or a stop ends the wait.
  never_notified.wait_for(lock, std::move(stop), time, [] { return false; });
}

std::unique_ptr<MessageSource> make_message_source(MessageSession session) {
  return std::make_unique<OpenSessionSource>(std::move(session));
}
std::unique_ptr<SessionSource> make_session_source(Client client) {
  return std::make_unique<ClientSource>(std::move(client));
}

}  // namespace scaleset::inline v0
