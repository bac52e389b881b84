// Package transcript compares what two clients sent, field by field, and holds the result against a table of
// differences that have a reason.
package transcript

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Absent stands for a field that one side does not send.
const Absent = "–"

// Request is one call as it arrived.
type Request struct {
	Operation string // the simulator's name of the route
	Method    string
	Target    string // path and query as they were on the wire
	Headers   [][2]string
	Body      string
}

// Difference is one field in which two requests are not the same.
type Difference struct {
	Operation string
	Field     string // "method", "path", "query NAME", "query order", "header NAME", "User-Agent KEY", "spelling of NAME", "body"
	Go        string
	Ours      string
}

func (d Difference) String() string {
	return fmt.Sprintf("| `%s` | `%s` | %s | %s |", d.Operation, d.Field, quote(d.Go), quote(d.Ours))
}

func quote(value string) string {
	if value == Absent {
		return value
	}
	return "`" + strings.ReplaceAll(value, "|", `\|`) + "`"
}

// Compare walks two transcripts side by side. Another number or order of calls is an error: there is nothing to
// compare then.
func Compare(golang, ours []Request) ([]Difference, error) {
	if names, others := operations(golang), operations(ours); !slices.Equal(names, others) {
		return nil, fmt.Errorf("the calls differ:\n  Go:         %s\n  libscaleset: %s",
			strings.Join(names, " "), strings.Join(others, " "))
	}
	var all []Difference
	for i := range golang {
		all = append(all, compare(golang[i], ours[i])...)
	}
	return all, nil
}

func operations(requests []Request) []string {
	var names []string
	for _, request := range requests {
		names = append(names, request.Operation)
	}
	return names
}

func compare(golang, ours Request) []Difference {
	var found []Difference
	note := func(field, theirs, mine string) {
		if theirs != mine {
			found = append(found, Difference{golang.Operation, field, theirs, mine})
		}
	}
	note("method", golang.Method, ours.Method)
	compareTargets(golang.Target, ours.Target, note)
	compareHeaders(golang.Headers, ours.Headers, note)
	note("body", golang.Body, ours.Body)
	return found
}

type noter func(field, theirs, mine string)

// compareTargets takes the query apart only where it differs. Its parts are compared as they were escaped.
func compareTargets(golang, ours string, note noter) {
	if golang == ours {
		return
	}
	path, query, _ := strings.Cut(golang, "?")
	otherPath, otherQuery, _ := strings.Cut(ours, "?")
	note("path", path, otherPath)
	parts, otherParts := parameters(query), parameters(otherQuery)
	same := path == otherPath
	for _, name := range names(parts, otherParts) {
		theirs, mine := values(parts, name), values(otherParts, name)
		note("query "+name, theirs, mine)
		same = same && theirs == mine
	}
	if same { // all the parts are: what differs is how they follow each other
		note("query order", query, otherQuery)
	}
}

func parameters(query string) [][2]string {
	var all [][2]string
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		all = append(all, [2]string{name, value})
	}
	return all
}

func compareHeaders(golang, ours [][2]string, note noter) {
	for _, name := range names(lower(golang), lower(ours)) {
		theirs, mine := values(lower(golang), name), values(lower(ours), name)
		if spelled, other := spelling(golang, name), spelling(ours, name); theirs != Absent && mine != Absent {
			note("spelling of "+name, spelled, other)
		}
		if name == "user-agent" {
			compareUserAgents(theirs, mine, note)
			continue
		}
		note("header "+name, theirs, mine)
	}
}

// compareUserAgents: it is one JSON object, whose keys have reasons of their own to differ.
func compareUserAgents(golang, ours string, note noter) {
	keys, mine := members(golang), members(ours)
	if keys == nil || mine == nil {
		note("header user-agent", golang, ours)
		return
	}
	for _, key := range names(keys, mine) {
		note("User-Agent "+key, values(keys, key), values(mine, key))
	}
	if joined, other := order(keys), order(mine); len(names(keys, mine)) == len(keys) && len(keys) == len(mine) {
		note("User-Agent order", joined, other)
	}
}

// members of a JSON object in their order, values as they were written; nil: it is none.
func members(text string) [][2]string {
	decoder := json.NewDecoder(strings.NewReader(text))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil
	}
	all := [][2]string{}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil
		}
		all = append(all, [2]string{fmt.Sprint(key), string(value)})
	}
	return all
}

func order(pairs [][2]string) string {
	var all []string
	for _, pair := range pairs {
		all = append(all, pair[0])
	}
	return strings.Join(all, " ")
}

func lower(pairs [][2]string) [][2]string {
	var all [][2]string
	for _, pair := range pairs {
		all = append(all, [2]string{strings.ToLower(pair[0]), pair[1]})
	}
	return all
}

func spelling(headers [][2]string, lowerName string) string {
	for _, header := range headers {
		if strings.ToLower(header[0]) == lowerName {
			return header[0]
		}
	}
	return Absent
}

// names of both, each once, in the order in which they come.
func names(one, other [][2]string) []string {
	var all []string
	for _, pair := range slices.Concat(one, other) {
		if !slices.Contains(all, pair[0]) {
			all = append(all, pair[0])
		}
	}
	return all
}

// values of a name, joined if it comes more than once.
func values(pairs [][2]string, name string) string {
	var all []string
	for _, pair := range pairs {
		if pair[0] == name {
			all = append(all, pair[1])
		}
	}
	if all == nil {
		return Absent
	}
	return strings.Join(all, ", ")
}
