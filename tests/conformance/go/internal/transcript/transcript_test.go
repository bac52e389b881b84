package transcript

import (
	"slices"
	"testing"
)

func request() Request {
	return Request{
		Operation: "find_scale_set", Method: "GET", Target: "/rest/sets?api-version=6.0-preview&name=a+b",
		Headers: [][2]string{{"Host", "h"}, {"User-Agent", `{"system":"s","build_version":"1"}`}}, Body: "{}",
	}
}

func differences(t *testing.T, change func(*Request)) []Difference {
	t.Helper()
	ours := request()
	ours.Headers = slices.Clone(ours.Headers)
	change(&ours)
	found, err := Compare([]Request{request()}, []Request{ours})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEveryFieldIsCompared(t *testing.T) {
	const operation = "find_scale_set"
	for name, test := range map[string]struct {
		change func(*Request)
		want   []Difference
	}{
		"nothing": {func(*Request) {}, nil},
		"method":  {func(r *Request) { r.Method = "POST" }, []Difference{{operation, "method", "GET", "POST"}}},
		"body":    {func(r *Request) { r.Body = "{}\n" }, []Difference{{operation, "body", "{}", "{}\n"}}},
		"path": {func(r *Request) { r.Target = "/sets?api-version=6.0-preview&name=a+b" },
			[]Difference{{operation, "path", "/rest/sets", "/sets"}}},
		"escaping": {func(r *Request) { r.Target = "/rest/sets?api-version=6.0-preview&name=a%20b" },
			[]Difference{{operation, "query name", "a+b", "a%20b"}}},
		"another parameter": {func(r *Request) { r.Target += "&more=1" }, []Difference{{operation, "query more", Absent, "1"}}},
		"order": {func(r *Request) { r.Target = "/rest/sets?name=a+b&api-version=6.0-preview" },
			[]Difference{{operation, "query order", "api-version=6.0-preview&name=a+b", "name=a+b&api-version=6.0-preview"}}},
		"another header": {func(r *Request) { r.Headers = append(r.Headers, [2]string{"Accept", "*/*"}) },
			[]Difference{{operation, "header accept", Absent, "*/*"}}},
		"a missing header": {func(r *Request) { r.Headers = r.Headers[1:] }, []Difference{{operation, "header host", "h", Absent}}},
		"a header twice": {func(r *Request) { r.Headers = append(r.Headers, [2]string{"Host", "i"}) },
			[]Difference{{operation, "header host", "h", "h, i"}}},
		"spelling": {func(r *Request) { r.Headers[0][0] = "HOST" }, []Difference{{operation, "spelling of host", "Host", "HOST"}}},
		"user agent": {func(r *Request) { r.Headers[1][1] = `{"system":"s","build_version":"2"}` },
			[]Difference{{operation, "User-Agent build_version", `"1"`, `"2"`}}},
		"user agent's order": {func(r *Request) { r.Headers[1][1] = `{"build_version":"1","system":"s"}` },
			[]Difference{{operation, "User-Agent order", "system build_version", "build_version system"}}},
		"user agent of another kind": {func(r *Request) { r.Headers[1][1] = "curl" },
			[]Difference{{operation, "header user-agent", `{"system":"s","build_version":"1"}`, "curl"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if found := differences(t, test.change); !slices.Equal(found, test.want) {
				t.Fatalf("found %v, not %v", found, test.want)
			}
		})
	}
}

func TestOtherCallsAreNotCompared(t *testing.T) {
	if _, err := Compare([]Request{request()}, nil); err == nil {
		t.Fatal("a missing call is no error")
	}
}

const table = "text\n" + begin + "\n| operation | field | Go | libscaleset | reason |\n| --- | --- | --- | --- | --- |\n" +
	"| `*` | `header accept` | – | `*/*` | because |\n| `poll` | `body` | `a\\|b` | * | why not |\n" + end + "\n"

func TestTableIsReadAndCompared(t *testing.T) {
	rows, err := ReadTable(table)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[1].Go != "a|b" || rows[0].Reason != "because" {
		t.Fatalf("read %+v", rows)
	}
	known := Difference{"any", "header accept", Absent, "*/*"}
	other := Difference{"any", "body", "a|b", "c"} // the row is of another operation
	undocumented, stale := Judge([]Difference{known, other, other}, rows)
	if !slices.Equal(undocumented, []Difference{other}) || !slices.Equal(stale, rows[1:]) {
		t.Fatalf("undocumented %v, stale %v", undocumented, stale)
	}
	other.Operation = "poll"
	if undocumented, stale := Judge([]Difference{known, other}, rows); undocumented != nil || stale != nil {
		t.Fatalf("undocumented %v, stale %v", undocumented, stale)
	}
}

func TestRowsAreFoundByTheTestThatHoldsThem(t *testing.T) {
	text := "| a | b | c | d | `room/Test` |\n" + beginCalls + "\n| | Go | ours | why | held by |\n| W-1 | b | c | d | `room/A.B`, `room/Test` |\n" +
		"| x \\| y | b | c | d | `room/Test` |\n| z | b | c | d | `room/TestMore` |\n" + endCalls
	if rows := RowsHeldBy(text, "room/Test"); !slices.Equal(rows, []string{"W-1", "x | y"}) {
		t.Fatalf("%q", rows)
	}
}

func TestTableThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{"", begin, begin + "\n| a | b | c | d | |\n" + end, begin + "\n| a | b |\n" + end} {
		if rows, err := ReadTable(text); err == nil {
			t.Fatalf("%q was read as %v", text, rows)
		}
	}
}

func TestWhatIsPrintedCanBePutIntoTheTable(t *testing.T) {
	difference := Difference{"poll", "body", Absent, "a|b"}
	rows, err := ReadTable(begin + "\n" + difference.String() + " reason |\n" + end)
	if err != nil || len(rows) != 1 || rows[0].Difference != difference {
		t.Fatalf("%v, %v", rows, err)
	}
}
