// The compiled parts of Boost.Asio and Boost.Beast, for every target that links scaleset_base.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
