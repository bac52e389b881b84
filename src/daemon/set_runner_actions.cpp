#include <utility>

#include "daemon/set_runner.hpp"

/// What the fleet wants done. Outcomes come back as events.
namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::minutes kLongestInTheQueue{2};

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};

}  // namespace

void SetRunner::perform(fleet::Action const& action) {
  std::visit(
      Overloaded{
          [this](fleet::PrepareInstance const& one) { tasks_.spawn(prepare(one.name)); },
          [this](fleet::RequestJit const& one) { tasks_.spawn(request_jit(one.name)); },
          [this](fleet::StartInstance const& one) { start_instance(one.name); },
          [this](fleet::RemoveRegistration const& one) {
            tasks_.spawn(remove_registration(one.name, one.id));
          },
          [this](fleet::LookUpRegistration const& one) { tasks_.spawn(look_up(one.name, one.id)); },
          [this](fleet::StopInstance const& one) {
            tasks_.spawn(stop_instance(one.name, one.mode));
          },
          [](fleet::ForgetRunner const&) {},  // its row is gone already
          [](fleet::Notice const&) {},        // logged when it came
      },
      action);
}

/// Nothing may be done of which the journal does not know. Each action has an answer that makes the
/// fleet try it again later, or do without it.
void SetRunner::refuse(fleet::Action const& action, Error const& why) {
  std::string const reason = "the journal cannot be written: " + why.message;
  std::visit(Overloaded{
                 [&](fleet::PrepareInstance const& one) { feed(fleet::StartAbandoned{one.name}); },
                 [&](fleet::RequestJit const& one) { feed(fleet::StartAbandoned{one.name}); },
                 [&](fleet::StartInstance const& one) {
                   jit_configs_.erase(one.name);
                   feed(fleet::InstanceFailed{one.name, reason});
                 },
                 [&](fleet::RemoveRegistration const& one) {
                   feed(fleet::RemovalFailed{one.name, Error(ErrorCode::io, reason)});
                 },
                 [&](fleet::LookUpRegistration const& one) {
                   feed(fleet::RegistrationLookedUp{one.name, std::nullopt});
                 },
                 [](fleet::StopInstance const&) {},  // comes again until the instance has ended
                 [](fleet::ForgetRunner const&) {},
                 [](fleet::Notice const&) {},
             },
             action);
}

asio::awaitable<void> SetRunner::prepare(std::string name) {
  auto prepared = co_await backend_->prepare(settings_.what);
  if (prepared) {
    feed(fleet::Prepared{std::move(name)});
  } else {
    feed(fleet::PrepareFailed{std::move(name), prepared.error().message});
  }
}

asio::awaitable<void> SetRunner::request_jit(std::string name) {
  bool const may = co_await may_request_jit(&name);
  if (!may) {
    feed(fleet::StartAbandoned{std::move(name)});
    co_return;
  }
  StartPass pass(ports_.starts);
  auto jit = co_await ports_.client->generate_jit_config(record_.id, name, settings_.work_folder);
  pass.done(jit ? nullptr : &jit.error());
  if (!jit) {
    feed(fleet::JitFailed{std::move(name), jit.error()});
    co_return;
  }
  jit_configs_.insert_or_assign(name, std::move(jit->encoded));
  feed(fleet::JitReady{name, jit->runner.id});
  auto const& runners = fleet_.runners();
  auto const runner = runners.find(name);
  // The fleet no longer wants it.
  if (runner == runners.end() || runner->second.state != fleet::RunnerState::starting)
    jit_configs_.erase(name);
}

/// The fleet counts a call as failed that takes longer than its deadline, so the wait before it has
/// to end long before that.
asio::awaitable<bool> SetRunner::may_request_jit(std::string const* name) {
  if (!ports_.starts) co_return true;
  bool const admitted = co_await ports_.starts->enter(record_.key.value, kLongestInTheQueue);
  if (!admitted) co_return false;
  auto const runner = fleet_.runners().find(*name);
  bool const wanted = !stopping_ && runner != fleet_.runners().end() &&
                      runner->second.state == fleet::RunnerState::planned;
  if (!wanted) ports_.starts->done(nullptr);
  co_return wanted;
}

void SetRunner::start_instance(std::string const& name) {
  auto node = jit_configs_.extract(name);
  auto const runner = fleet_.runners().find(name);
  bool const known = runner != fleet_.runners().end() && runner->second.id.has_value();
  if (node.empty() || !known)
    return feed(fleet::InstanceFailed{name, "it was given up before it was started"});
  tasks_.spawn(start_with(name, *runner->second.id, std::move(node.mapped())));
}

asio::awaitable<void> SetRunner::start_with(std::string name, RunnerId id, Secret jit_config) {
  backends::InstanceSpec spec;
  spec.runner_name = name;
  spec.runner = id;
  spec.scale_set = record_.id;
  spec.jit_config = std::move(jit_config);
  spec.what = settings_.what;
  auto started = co_await backend_->start(std::move(spec));
  if (started) {
    log_.info("runner started", {{"runner", name}, {backend_->reference_name(), *started}});
    feed(fleet::InstanceStarted{std::move(name), *started});
  } else {
    feed(fleet::InstanceFailed{std::move(name), started.error().message});
    look_soon();
  }
}

asio::awaitable<void> SetRunner::remove_registration(std::string name, std::optional<RunnerId> id) {
  if (!id) {
    auto found = co_await ports_.client->find_runner(name);
    if (!found) {
      feed(fleet::RemovalFailed{std::move(name), found.error()});
      co_return;
    }
    if (!*found) {
      feed(fleet::RegistrationRemoved{std::move(name)});
      co_return;
    }
    id = (*found)->id;
  }
  auto removed = co_await ports_.client->remove_runner(*id);
  if (removed) {
    feed(fleet::RegistrationRemoved{std::move(name)});
  } else if (removed.error().code == ErrorCode::job_still_running) {
    feed(fleet::RemovalRefused{std::move(name)});
  } else {
    feed(fleet::RemovalFailed{std::move(name), removed.error()});
  }
}

asio::awaitable<void> SetRunner::look_up(std::string name, RunnerId id) {
  auto found = co_await ports_.client->get_runner(id);
  std::optional<bool> answer;
  if (found) answer = true;
  if (!found && found.error().code == ErrorCode::runner_not_found) answer = false;
  feed(fleet::RegistrationLookedUp{std::move(name), answer});
}

asio::awaitable<void> SetRunner::stop_instance(std::string name, fleet::StopMode mode) {
  auto const how =
      mode == fleet::StopMode::force ? backends::StopMode::force : backends::StopMode::graceful;
  auto stopped = co_await backend_->stop(name, how);
  if (stopped) co_return;  // the backend will report its exit
  std::string const text = stopped.error().to_string();
  log_.error("the backend could not stop a runner; it is tried again",
             {{"runner", name}, {"error", text}});
}

void SetRunner::log_notice(fleet::Notice const& notice) const {
  if (!ports_.hooks.log || !ports_.hooks.log->enabled(notice.level)) return;
  std::vector<LogField> fields;
  fields.reserve(notice.fields.size());
  for (auto const& [key, value] : notice.fields) {
    std::string_view const shown = key == "reference" ? backend_->reference_name() : key;
    auto const add = [&](auto const& one) { fields.push_back({shown, LogValue(one)}); };
    std::visit(add, value);
  }
  ports_.hooks.log->write(LogRecord{notice.level, "fleet", notice.text, fields});
}

}  // namespace scaleset::daemon
