#include <csignal>
#include <exception>
#include <iostream>

#include "cli/cli.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_IGN);  // a peer that goes away is an error value, not the end of the process
  try {
    return scaleset::cli::run(argc, argv);
  } catch (std::exception const& error) {
    std::cerr << "scaleset: internal error: " << error.what() << "\n";
    return scaleset::cli::kExitFailure;
  }
}
