#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "scaleset/error.hpp"
#include "simulator/front/simulator.hpp"

namespace CLI {
class App;
}

namespace scaleset::cli {

/// What `scaleset simulate` was told, as text where it still has to be looked at.
struct SimulateArguments {
  simulator::SimulatorOptions options;
  std::string listen = "127.0.0.1:0";
  std::string profile = "broker";
  std::string clock = "wall";
  std::string ready_file;
  std::vector<std::string> apps;  // ID=FILE
};

/// `arguments` outlives the parsing. Bad values are found while parsing where their form is wrong.
void add_simulate_flags(CLI::App& command, SimulateArguments& arguments);

/// Moves everything into `arguments.options`; reads the Apps' key files. Returns everything that is
/// wrong, each in one line that names the flag.
[[nodiscard]] std::vector<Error> finish_arguments(SimulateArguments& arguments);

/// For --ready-file: {"url","api","configUrls":{"organization","repository","enterprise"},
/// "control","caFile","profile","clock","pid","options":{...}}. The config URLs are examples: every
/// name exists.
[[nodiscard]] boost::json::object ready_json(SimulateArguments const& arguments,
                                             std::string const& url);

}  // namespace scaleset::cli
