#include "client/token_registry.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace scaleset::client {
namespace {

namespace asio = boost::asio;

/// What clients must have in common to share a token source. Options and transport are compared by
/// address, which is safe since the source keeps them alive: the address is not used again.
struct Key {
  asio::any_io_executor executor;
  std::string fingerprint;
  FinalizedClientOptions const* options;  // null: the fingerprint is enough
  HttpTransport const* transport;         // null: the library's, which the fingerprint describes
  friend bool operator==(Key const&, Key const&) = default;
};

Key key_of(asio::any_io_executor executor, Caller const& caller, bool users_transport) {
  auto const& options = caller.options();
  return {std::move(executor), options.fingerprint(),
          options.fingerprint().empty() ? &options : nullptr,
          users_transport ? caller.transport().get() : nullptr};
}

/// The token sources of one execution context. Asio makes it on first use and destroys it with the
/// context.
class TokenRegistry : public asio::execution_context::service {
 public:
  using key_type = TokenRegistry;
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): Asio's way to name a
  // service
  static asio::execution_context::id id;

  explicit TokenRegistry(asio::execution_context& context) : service(context) {}

  std::shared_ptr<TokenSource> find_or_make(Key wanted, Caller const& caller) {
    std::scoped_lock const lock(mutex_);  // clients on other executors of this context may be here
    std::erase_if(entries_, [](Entry const& entry) { return entry.source.expired(); });
    for (Entry const& entry : entries_) {
      auto source = entry.key == wanted ? entry.source.lock() : nullptr;
      // A stopped source, whose last user has left, only waits for the end of its walk.
      if (source && !source->stopped()) return source;
    }
    // Its clients own it: the registry only lets others find it.
    auto made = std::make_shared<TokenSource>(wanted.executor, caller);
    entries_.push_back({std::move(wanted), made});
    return made;
  }

 private:
  struct Entry {
    Key key;
    std::weak_ptr<TokenSource> source;
  };
  // The context is being destroyed. Nobody can ask for a source any more.
  void shutdown() override { entries_.clear(); }

  std::mutex mutex_;
  std::vector<Entry> entries_;
};

asio::execution_context::id TokenRegistry::id;

}  // namespace

std::shared_ptr<TokenSource> shared_token_source(asio::any_io_executor executor,
                                                 Caller const& caller, bool users_transport) {
  auto& context = asio::query(executor, asio::execution::context);
  auto key = key_of(std::move(executor), caller, users_transport);
  return asio::use_service<TokenRegistry>(context).find_or_make(std::move(key), caller);
}

}  // namespace scaleset::client
