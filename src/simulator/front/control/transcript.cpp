#include "simulator/front/control/transcript.hpp"

#include "base/rfc3339.hpp"
#include "base/whole_number.hpp"
#include "simulator/front/control/errors.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace {

/// The number of an exchange, or a time. False: it is neither.
bool read_since(std::string const& text, TranscriptQuery& query) {
  query.after = base::whole_number<std::int64_t>(text);
  if (!query.after) query.since = base::parse_rfc3339(text);
  return query.after || query.since;
}

}  // namespace

http::ServerResponse control_transcript(Call const& call, Transcript& transcript,
                                        OperationNames const& names) {
  TranscriptQuery query;
  query.operation = call.parameter("operation");
  if (!query.operation.empty() && query.operation != "unknown" && !names.contains(query.operation))
    return control_error(400, "operation: there is none of that name");
  std::string const since = call.parameter("since");
  if (!since.empty() && !read_since(since, query))
    return control_error(400,
                         "since: must be the number of an exchange, or a time such as "
                         "2026-11-23T16:00:00Z");
  std::string const secrets = call.parameter("secrets");
  if (!secrets.empty() && secrets != "show")
    return control_error(400, "secrets: the only thing to ask for is \"show\"");
  query.secrets = secrets == "show";
  http::ServerResponse response =
      reply_of_type(200, "application/x-ndjson", transcript.text(query));
  response.headers.emplace_back("X-Transcript-Dropped", std::to_string(transcript.dropped()));
  return response;
}

http::ServerResponse control_clear_transcript(Call const&, Transcript& transcript) {
  transcript.clear();
  return empty_reply(204);
}

}  // namespace scaleset::simulator
