#include "base/guard.hpp"

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <exception>
#include <string>
#include <system_error>

namespace scaleset::base {
namespace {

std::string_view advice_for(int system_error) {
  switch (system_error) {
    case EMFILE:
      return "; this process has no file descriptors left (EMFILE): raise its limit of open files "
             "(ulimit -n, or LimitNOFILE= of its service)";
    case ENFILE:
      return "; this machine has no file descriptors left (ENFILE): raise the sysctl fs.file-max";
    case EAGAIN:
      return "; no thread could be started (EAGAIN): raise the limit of processes and threads "
             "(ulimit -u, or TasksMax= of its service)";
    default: return {};
  }
}

}  // namespace

Error error_of_exception(ErrorCode code, std::string_view who) {
  std::string text(who);
  try {
    throw;
  } catch (std::system_error const& error) {
    text.append(" failed: ").append(error.what()).append(advice_for(error.code().value()));
  } catch (boost::system::system_error const& error) {
    text.append(" failed: ").append(error.what()).append(advice_for(error.code().value()));
  } catch (std::exception const& exception) {
    text.append(" threw an exception: ").append(exception.what());
  } catch (...) {
    text.append(" threw something that is not a std::exception");
  }
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return Error(code, std::move(text));
}

}  // namespace scaleset::base
