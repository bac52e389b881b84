#pragma once

#include <boost/asio/awaitable.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

#include "http/server.hpp"
#include "simulator/front/front.hpp"
#include "simulator/front/parts/call.hpp"

/// How the functions of github/ and control/ become handlers of the table of routes. Such a
/// function has one of these forms:
///
///   http::ServerResponse f(Call const&, Part&...)             anybody may call it
///   http::ServerResponse f(Visit const&, Part&...)            only who is admitted (visits.hpp)
///   awaitable<http::ServerResponse> f(Call, Part*...)         answers later
///
/// A Part is a member of Front by its type. A function that names anything else does not compile.
namespace scaleset::simulator {

/// The member of the front with that type.
template <class Part>
Part& part_of(Front& front) {
  using Member = std::remove_const_t<Part>;
  return std::get<Member&>(std::tie(front.live, front.credentials, front.trouble, front.transcript,
                                    front.operations, front.logs, front.releases));
}

template <auto function>
struct HandlerOf;

template <class Caller, class... Parts, http::ServerResponse (*function)(Caller const&, Parts&...)>
struct HandlerOf<function> {
  static http::ServerResponse answer(Front& front, Call const& call) {
    if constexpr (std::is_same_v<Caller, Call>) {
      return function(call, part_of<Parts>(front)...);
    } else {
      auto const visit = Caller::admit(front.live, front.credentials, call);
      if (!visit) return visit.error();
      return function(*visit, part_of<Parts>(front)...);
    }
  }
};

template <class... Parts, boost::asio::awaitable<http::ServerResponse> (*function)(Call, Parts*...)>
struct HandlerOf<function> {
  static boost::asio::awaitable<http::ServerResponse> answer(Front& front, Call call) {
    return function(std::move(call), &part_of<Parts>(front)...);
  }
};

/// `handler<f>` is what a row of the table holds.
template <auto function>
// NOLINTNEXTLINE(readability-identifier-naming): it reads as a function in the table
constexpr auto handler = &HandlerOf<function>::answer;

}  // namespace scaleset::simulator
