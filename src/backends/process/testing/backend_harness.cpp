#include "backends/process/testing/backend_harness.hpp"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <fstream>

namespace scaleset::backends {

namespace asio = boost::asio;
namespace fs = std::filesystem;

void LogText::write(LogRecord const& record) noexcept {
  text.append(to_string(record.level)).append(" ").append(record.message);
  for (LogField const& field : record.fields) {
    auto const* const value = std::get_if<std::string_view>(&field.value);
    text.append(" ").append(field.key).append("=").append(value != nullptr ? *value : "?");
  }
  text.append("\n");
}

BackendHarness::BackendHarness(std::string const& script) {
  fs::create_directories(path("release/bin"));
  for (char const* const name : {"run.sh", "bin/Runner.Listener"}) add_program(name, script);
}

BackendHarness::~BackendHarness() {
  if (!backend) return;
  for (Instance const& info : ours()) stop(info.runner_name, StopMode::force);
  wait_until_none_is_left();
  let_go();
}

std::vector<Instance> BackendHarness::ours() {
  std::vector<Instance> all = list();
  std::erase_if(all, [this](Instance const& one) { return one.owner != owner; });
  return all;
}

bool BackendHarness::wait_until_none_is_left() {
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  // No event tells of the end of an instance whose start was cancelled.
  while (!ours().empty())
    if (std::chrono::steady_clock::now() > deadline) return false;
  return true;
}

void BackendHarness::add_program(std::string const& name, std::string const& script) {
  fs::path const file = path("release") / name;
  std::ofstream(file) << "#!/bin/sh\nPATH=/usr/bin:/bin\n" << script << "\n";
  fs::permissions(file, fs::perms::owner_all);
}

void BackendHarness::make(std::chrono::milliseconds stop_grace) {
  ProcessOptions options;
  options.owner = owner;
  options.work_root = path(work);
  if (work != "work") options.old_work_root = path("work");
  options.old_runners = old_runners;
  options.stop_grace = stop_grace;
  options.looks = looks;
  auto made = make_process_backend(
      context.get_executor(), options,
      [this](InstanceEvent event) { events.push_back(std::move(event)); }, log, disk);
  ASSERT_TRUE(made) << made.error().message;
  backend = std::move(*made);
}

InstanceRecord BackendHarness::record() const {
  InstanceRecord record;
  record.owner = owner;
  record.runner = RunnerId{17};
  record.scale_set = ScaleSetId{5};
  return record;
}

std::shared_ptr<Template const> BackendHarness::what() const {
  auto made = std::make_shared<Template>();
  made->source = path("release");
  return made;
}

void BackendHarness::let_go() {
  bool done = false;
  asio::co_spawn(context, backend->detach(), [&](std::exception_ptr) { done = true; });
  EXPECT_TRUE(run_until([&] { return done; }));
  backend.reset();
}

InstanceSpec BackendHarness::spec(std::string const& name) const {
  InstanceSpec spec;
  spec.runner_name = name;
  spec.runner = RunnerId{17};
  spec.scale_set = ScaleSetId{5};
  spec.jit_config = Secret("the-jit-config");
  spec.what = what();
  return spec;
}

Result<std::string> BackendHarness::start(std::string const& name) {
  return await(backend->start(spec(name)));
}

Result<std::string> BackendHarness::start_cancelled(std::string const& name) {
  asio::cancellation_signal cancel;
  return await(backend->start(spec(name)), &cancel);
}

void BackendHarness::begin_start(std::string const& name,
                                 std::optional<Result<std::string>>* result) {
  begun_.emplace_back();
  asio::co_spawn(context, keep(backend->start(spec(name)), result),
                 asio::bind_cancellation_slot(begun_.back().slot(), asio::detached));
  context.restart();
  context.run_one();
}

void BackendHarness::stop(std::string const& name, StopMode mode) {
  EXPECT_TRUE(await(backend->stop(name, mode)));
}

std::vector<Instance> BackendHarness::list() {
  return await(backend->list()).value_or(std::vector<Instance>());
}

bool BackendHarness::wait_for_events(std::size_t count) {
  return run_until([&] { return events.size() >= count; });
}

InstanceEvent BackendHarness::wait_for_exit() {
  bool const ended = run_until(
      [this] { return !events.empty() && events.back().kind == InstanceEvent::Kind::exited; });
  EXPECT_TRUE(ended);
  return ended ? events.back() : InstanceEvent();
}

bool BackendHarness::run_until(std::function<bool()> const& condition) {
  auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    context.restart();
    if (std::chrono::steady_clock::now() > deadline) return false;
    context.run_one_until(deadline);
  }
  return true;
}

fs::path BackendHarness::path(std::string const& relative) const {
  return directory_.path() / relative;
}

std::string BackendHarness::file(std::string const& relative) const {
  return base::read_file(path(relative)).value_or("");
}

bool BackendHarness::is_clean() const {
  std::size_t entries = 0;
  for (auto const& entry : fs::recursive_directory_iterator(path("work"))) {
    static_cast<void>(entry);
    ++entries;
  }
  return entries == 2;  // .scaleset, and the lock in it
}

}  // namespace scaleset::backends
