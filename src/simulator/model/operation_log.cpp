#include "simulator/model/operation_log.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <stdexcept>
#include <tuple>

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

/// The type that a parameter is read into: a string_view needs a string to refer to.
template <class Parameter>
using Stored = std::conditional_t<std::same_as<std::remove_cvref_t<Parameter>, std::string_view>,
                                  std::string, std::remove_cvref_t<Parameter>>;

/// The first element is the operation's name; its arguments follow.
template <class Result, class... Parameters>
/// Reads the arguments from the line by the types of the operation's parameters. So an operation
/// needs no code of its own to be repeated.
void call(Model& model, Result (Model::*operation)(Parameters...), json::array const& line) {
  if (line.size() != sizeof...(Parameters) + 1)
    throw std::runtime_error("an operation has the wrong number of arguments");
  std::tuple<Stored<Parameters>...> arguments;
  std::size_t next = 1;
  std::apply([&](auto&... argument) { (archive::Reader::read(line[next++], argument), ...); },
             arguments);
  std::apply([&](auto&... argument) { static_cast<void>((model.*operation)(argument...)); },
             arguments);
}

template <auto Operation>
void repeat(Model& model, json::array const& line) {
  call(model, Operation, line);
}

struct Repeatable {
  std::string_view name;
  void (*repeat)(Model&, json::array const&);
};

constexpr auto kOperations = std::to_array<Repeatable>({
    {"advance", &repeat<&Model::advance>},
    {"open_tenant", &repeat<&Model::open_tenant>},
    {"create_scale_set", &repeat<&Model::create_scale_set>},
    {"update_scale_set", &repeat<&Model::update_scale_set>},
    {"delete_scale_set", &repeat<&Model::delete_scale_set>},
    {"create_session", &repeat<&Model::create_session>},
    {"refresh_session", &repeat<&Model::refresh_session>},
    {"delete_session", &repeat<&Model::delete_session>},
    {"begin_poll", &repeat<&Model::begin_poll>},
    {"end_poll", &repeat<&Model::end_poll>},
    {"peek", &repeat<&Model::peek>},
    {"delete_message", &repeat<&Model::delete_message>},
    {"restart_sequence", &repeat<&Model::restart_sequence>},
    {"acquire_jobs", &repeat<&Model::acquire_jobs>},
    {"queue_jobs", &repeat<&Model::queue_jobs>},
    {"cancel_job", &repeat<&Model::cancel_job>},
    {"rerun_job", &repeat<&Model::rerun_job>},
    {"register_runner", &repeat<&Model::register_runner>},
    {"register_plain_runner", &repeat<&Model::register_plain_runner>},
    {"remove_runner", &repeat<&Model::remove_runner>},
    {"open_runner_session", &repeat<&Model::open_runner_session>},
    {"close_runner_session", &repeat<&Model::close_runner_session>},
    {"begin_runner_poll", &repeat<&Model::begin_runner_poll>},
    {"end_runner_poll", &repeat<&Model::end_runner_poll>},
    {"take_runner_message", &repeat<&Model::take_runner_message>},
    {"acquire_job", &repeat<&Model::acquire_job>},
    {"renew_job", &repeat<&Model::renew_job>},
    {"complete_job", &repeat<&Model::complete_job>},
});

void repeat_line(Model& model, json::array const& line) {
  std::string_view const name = line.at(0).as_string();
  for (Repeatable const& entry : kOperations) {
    if (entry.name == name) return entry.repeat(model, line);
  }
  throw std::runtime_error("there is no operation " + std::string(name));
}

}  // namespace

void repeat_operations(Model& model, std::string_view operations) {
  std::size_t number = 0;
  for (;;) {
    std::size_t const end = operations.find('\n');
    // What follows the last line feed was being written when the process ended (ADR 26).
    if (end == std::string_view::npos) return;
    ++number;
    try {
      repeat_line(model, json::parse(operations.substr(0, end)).as_array());
    } catch (std::exception const& error) {
      throw std::runtime_error("operation " + std::to_string(number) + ": " + error.what());
    }
    operations.remove_prefix(end + 1);
  }
}

}  // namespace scaleset::simulator
