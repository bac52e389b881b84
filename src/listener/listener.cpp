#include "scaleset/listener.hpp"

#include <atomic>
#include <mutex>
#include <utility>

#include "listener/blocking_run.hpp"

namespace scaleset::inline v0 {

struct Listener::Impl {
  Impl(std::unique_ptr<SessionSource> own_source, SessionSource& the_source, Options the_options)
      : owned_source(std::move(own_source)),
        source(the_source),
        options(std::move(the_options)),
        max_runners(options.max_runners) {}
  [[nodiscard]] Result<void> check() const;
  [[nodiscard]] bool enter(listener::BlockingRun* run);
  void leave();

  std::unique_ptr<SessionSource> owned_source;  // null if the caller passed a source
  SessionSource& source;
  Options const options;
  std::atomic<int> max_runners;
  // Guards under_way, which points into the stack of run(): set_max_runners() may come from another
  // thread while run() ends.
  std::mutex mutex;
  listener::BlockingRun* under_way = nullptr;
};

Listener::Listener(Client client, Options options) {
  auto source = make_session_source(std::move(client));
  SessionSource& its = *source;
  impl_ = std::make_unique<Impl>(std::move(source), its, std::move(options));
}
Listener::Listener(SessionSource& source, Options options)
    : impl_(std::make_unique<Impl>(nullptr, source, std::move(options))) {}
Listener::~Listener() = default;

Result<void> Listener::run(Scaler& scaler, std::stop_token stop) {
  if (auto checked = impl_->check(); !checked) return checked;
  listener::BlockingRun run(impl_->source, impl_->options, impl_->max_runners, scaler);
  // Two runs would poll the same session's queue and fight for the one session of the scale set.
  if (!impl_->enter(&run))
    return fail(ErrorCode::invalid_argument,
                "this Listener is already running; make another one to run at the same time");
  // In a destructor, because run() may throw an exception of the Scaler.
  struct Leave {
    ~Leave() { impl.leave(); }
    Impl& impl;
  } const leave{*impl_};
  return run.run(std::move(stop));
}

Result<void> Listener::set_max_runners(int max_runners) {
  if (max_runners < 0) return fail(ErrorCode::invalid_argument, "max_runners must not be negative");
  impl_->max_runners = max_runners;
  std::lock_guard const lock(impl_->mutex);
  // A poll under way has sent the old number, so the machine may want to end it.
  if (impl_->under_way != nullptr) impl_->under_way->capacity_changed();
  return {};
}

Result<void> Listener::Impl::check() const {
  auto const& set = options.scale_set;
  if (set.id.value == 0 || set.name.empty())
    return fail(ErrorCode::invalid_argument,
                "Listener::Options::scale_set needs an id and a name; use what find_scale_set or "
                "create_scale_set returned");
  if (options.owner.empty())
    return fail(ErrorCode::invalid_argument, "Listener::Options::owner must not be empty");
  if (options.max_runners < 0)
    return fail(ErrorCode::invalid_argument, "max_runners must not be negative");
  return {};
}

bool Listener::Impl::enter(listener::BlockingRun* run) {
  std::lock_guard const lock(mutex);
  if (under_way != nullptr) return false;
  under_way = run;
  return true;
}

void Listener::Impl::leave() {
  std::lock_guard const lock(mutex);
  under_way = nullptr;
}

}  // namespace scaleset::inline v0
