#pragma once

#include <boost/asio/awaitable.hpp>
#include <span>
#include <string_view>
#include <variant>

#include "http/server.hpp"
#include "simulator/front/parts/call.hpp"
#include "simulator/front/parts/operation.hpp"

namespace scaleset::simulator {

struct Front;

/// What answers the calls of a route: at once, or (a poll that may be held) later. The front
/// outlives the coroutine.
using AnswersAtOnce = http::ServerResponse (*)(Front& front, Call const& call);
using AnswersLater = boost::asio::awaitable<http::ServerResponse> (*)(Front& front, Call call);
class Handler {
 public:
  // There is no default: a row of the table without a handler does not compile.
  // NOLINTNEXTLINE(google-explicit-constructor): rows name the handler only
  constexpr Handler(AnswersAtOnce function) : answers_(function) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr Handler(AnswersLater function) : answers_(function) {}
  /// Null: it answers later.
  [[nodiscard]] constexpr AnswersAtOnce at_once() const noexcept {
    auto const* const found = std::get_if<AnswersAtOnce>(&answers_);
    return found == nullptr ? nullptr : *found;
  }
  /// Null: it answers at once.
  [[nodiscard]] constexpr AnswersLater later() const noexcept {
    auto const* const found = std::get_if<AnswersLater>(&answers_);
    return found == nullptr ? nullptr : *found;
  }

 private:
  std::variant<AnswersAtOnce, AnswersLater> answers_;
};

/// A row of the table of all routes. To add a route, add a row in routes.cpp and the function that
/// it names.
struct Route {
  Area area;
  std::string_view name;  // of the operation, which is that of the function as well
  std::string_view method;
  /// Segments, with these placeholders: {} is any one segment. {tenant} is what the REST API names
  /// an organisation, a repository or an enterprise by: orgs/{}, repos/{}/{} or enterprises/{};
  /// {account} is the same without repositories.
  /// {service} is where the Actions service is: rest on the broker profile,
  /// _services/pipelines/{} on the acquire profile. {pipelines} is the latter only.
  std::string_view path;
  Handler handler;

  [[nodiscard]] constexpr Operation operation() const noexcept { return {area, name}; }
};
[[nodiscard]] std::span<Route const> routes() noexcept;

/// The names of the operations of GitHub's namespace.
[[nodiscard]] OperationNames operation_names();

}  // namespace scaleset::simulator
