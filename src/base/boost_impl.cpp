// The compiled parts of Boost.Asio, Boost.Beast and Boost.URL, for every target that links
// scaleset_base.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
#include <boost/url/src.hpp>
