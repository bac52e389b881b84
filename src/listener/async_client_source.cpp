#include <utility>

#include "scaleset/async/message_source.hpp"

namespace scaleset::inline v0::async {
namespace {

/// Lends a session that its caller opened, and will close, to the strict listener.
class OpenSessionSource final : public MessageSource {
 public:
  explicit OpenSessionSource(MessageSession& session) : session_(session) {}
  Task<std::optional<Message>> get_message(MessageId last, int max_capacity) override {
    return session_.get_message(last, max_capacity);
  }
  Task<void> delete_message(MessageId id) override { return session_.delete_message(id); }
  Task<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override {
    return session_.acquire_jobs(std::move(ids));
  }
  [[nodiscard]] std::optional<Statistics> statistics() const override {
    return session_.statistics();
  }

 private:
  MessageSession& session_;
};

/// Opens and closes sessions of its own for the resilient listener. The listener's machine sees to
/// it that messages are asked for only between open() and close().
class ClientSource final : public SessionSource {
 public:
  explicit ClientSource(Client& client) : client_(client) {}

  Task<std::optional<Message>> get_message(MessageId last, int max_capacity) override {
    return session_->get_message(last, max_capacity);
  }
  Task<void> delete_message(MessageId id) override { return session_->delete_message(id); }
  Task<std::vector<RequestId>> acquire_jobs(std::vector<RequestId> ids) override {
    return session_->acquire_jobs(std::move(ids));
  }
  [[nodiscard]] std::optional<Statistics> statistics() const override {
    return session_ ? session_->statistics() : std::nullopt;
  }
  Task<void> open(ScaleSetId scale_set, std::string owner) override {
    // The scale set of an earlier session is gone, and the session with it. If a call that is not
    // the session's has said so, the session does not know, and would be missed as left open.
    if (session_ && opened_for_ != scale_set) {
      auto const closed = co_await session_->close();
      static_cast<void>(closed);
    }
    session_.reset();
    opened_for_ = scale_set;
    SessionOptions options;
    options.recreate = false;  // the listener decides about that, and tells its user
    // A session with a User-Agent of its own needs more memory.
    SystemInfo info = client_.system_info();
    if (std::exchange(info.scale_set_id, scale_set.value) != scale_set.value)
      options.system_info = std::move(info);
    auto opened = co_await client_.open_session(scale_set, std::move(owner), options);
    if (!opened) co_return std::unexpected(opened.error());
    session_ = *std::move(opened);
    co_return Result<void>();
  }
  Task<void> close() override {
    if (!session_) co_return Result<void>();
    auto closed = co_await session_->close();
    // Also after a failed close(): the caller has the error, and does not use the session again.
    session_.reset();
    co_return closed;
  }
  Task<void> close_left_behind(ScaleSetId scale_set, std::string session_id) override {
    return client_.close_session(scale_set, std::move(session_id));
  }
  [[nodiscard]] std::string session_id() const override { return session_ ? session_->id() : ""; }
  Task<ScaleSet> get_scale_set(ScaleSetId id) override { return client_.get_scale_set(id); }
  Task<std::vector<JobAvailable>> acquirable_jobs(ScaleSetId id) override {
    return client_.acquirable_jobs(id);
  }

 private:
  Client& client_;
  std::unique_ptr<MessageSession> session_;
  ScaleSetId opened_for_;
};

}  // namespace

std::unique_ptr<MessageSource> make_message_source(MessageSession& session) {
  return std::make_unique<OpenSessionSource>(session);
}
std::unique_ptr<SessionSource> make_session_source(Client& client) {
  return std::make_unique<ClientSource>(client);
}

}  // namespace scaleset::inline v0::async
