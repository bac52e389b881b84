#include "backends/docker/images.hpp"

#include <utility>

#include "backends/docker/trouble.hpp"

namespace scaleset::backends::docker {

Task<void> Images::prepare(std::string image) {
  auto& entry = under_way_[image];
  if (!entry) {
    entry = std::make_shared<Outcome>();
    scope_.spawn(carry_out(image, entry));
  }
  std::shared_ptr<Outcome> const outcome = entry;
  while (!outcome->result) {
    bool const waited = co_await outcome->changed.wait();
    if (!waited) co_return fail(ErrorCode::cancelled, "cancelled");
  }
  co_return *outcome->result;
}

boost::asio::awaitable<void> Images::carry_out(std::string image,
                                               std::shared_ptr<Outcome> outcome) {
  auto got = co_await get(image);
  under_way_.erase(image);
  outcome->result = std::move(got);
  outcome->changed.notify_all();
}

Task<void> Images::get(std::string image) {
  auto const name = ImageName::parse(image);
  if (!name) co_return fail(ErrorCode::backend, name.error().message);
  auto version = co_await link_.ready();
  if (!version) co_return std::unexpected(explained(version.error()));
  auto found = co_await link_.engine().image(*name);
  bool const is_missing = !found && found.error().code == ErrorCode::not_found;
  bool const may_pull = policy_ != PullPolicy::never && name->id.empty();
  if (may_pull && (is_missing || policy_ == PullPolicy::always)) {
    auto pulled = co_await pull(*name, !is_missing);
    if (!pulled) co_return pulled;
    found = co_await link_.engine().image(*name);
  }
  if (found) co_return check_platform(*found, *version, image);
  link_.note(found.error());
  co_return std::unexpected(explained(found.error()));
}

Task<void> Images::pull(ImageName name, bool is_there) {
  std::string const text = name.text();
  log_.info("pulling an image", {{"image", text}});
  auto pulled = co_await link_.engine().pull(std::move(name), Secret(), nullptr);
  if (pulled) {
    log_.info("the image was pulled", {{"image", text}});
    co_return pulled;
  }
  if (!is_there || pulled.error().code == ErrorCode::cancelled) {
    link_.note(pulled.error());
    co_return std::unexpected(explained(pulled.error()));
  }
  log_.warn("the image could not be pulled, so the one that the engine has is used",
            {{"image", text}, {"error", pulled.error().message}});
  co_return Result<void>();
}

}  // namespace scaleset::backends::docker
