#include "base/guard.hpp"

#include <boost/system/system_error.hpp>
#include <exception>
#include <string>
#include <system_error>

#include "base/resource_limit.hpp"

namespace scaleset::base {
namespace {

std::string advice_for(std::error_code const& error) {
  std::string_view const advice = advice_for_limit(error.value());
  return advice.empty() ? std::string() : "; " + std::string(advice);
}

}  // namespace

Error error_of_exception(ErrorCode code, std::string_view who) {
  std::string text(who);
  try {
    throw;
  } catch (std::system_error const& error) {
    text.append(" failed: ").append(error.what()).append(advice_for(error.code()));
  } catch (boost::system::system_error const& error) {
    text.append(" failed: ").append(error.what()).append(advice_for(error.code()));
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
