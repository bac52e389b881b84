#pragma once

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "simulator/model/archive.hpp"

/// The operations that were carried out on a model, one JSON list per line: ["begin_poll", time,
/// "my-org", 1, ...]. The model is deterministic, so the same operations on the same world with the
/// same options give the same world again: that makes a change cheap to save, however large the
/// world is.
namespace scaleset::simulator {

/// Every operation that may change the world calls this first.
template <class... Arguments>
void Model::record(std::string_view operation, Arguments const&... arguments) {
  if (!recording_) return;
  boost::json::array line;
  line.emplace_back(operation);
  (line.push_back(archive::Writer::write(arguments)), ...);
  operations_ += boost::json::serialize(line);
  operations_ += '\n';
}

/// Carries out the operations of all complete lines. Throws std::exception for a line that is not
/// an operation.
void repeat_operations(Model& model, std::string_view operations);

}  // namespace scaleset::simulator
