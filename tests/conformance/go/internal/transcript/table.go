package transcript

import (
	"fmt"
	"slices"
	"strings"
)

// Row is one documented difference. "*" as operation or value stands for any.
type Row struct {
	Difference
	Reason string
}

const (
	begin = "<!-- transcript differences: begin -->"
	end   = "<!-- transcript differences: end -->"
)

// ReadTable takes the rows from between the marks of a Markdown text: operation, field, Go, libscaleset, reason.
func ReadTable(markdown string) ([]Row, error) {
	_, rest, found := strings.Cut(markdown, begin)
	text, _, closed := strings.Cut(rest, end)
	if !found || !closed {
		return nil, fmt.Errorf("the marks %q and %q are missing", begin, end)
	}
	var rows []Row
	for line := range strings.Lines(text) {
		cells := cellsOf(line)
		if len(cells) == 0 || cells[0] == "operation" || strings.Trim(cells[0], "-") == "" {
			continue
		}
		if len(cells) != 5 || cells[4] == "" {
			return nil, fmt.Errorf("a row needs operation, field, Go, libscaleset and a reason: %s", strings.TrimSpace(line))
		}
		rows = append(rows, Row{Difference{cells[0], cells[1], cells[2], cells[3]}, cells[4]})
	}
	return rows, nil
}

func cellsOf(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") {
		return nil
	}
	const bar = "\x00" // an escaped bar while the line is split
	line = strings.ReplaceAll(line[1:len(line)-1], `\|`, bar)
	var cells []string
	for cell := range strings.SplitSeq(line, "|") {
		cell = strings.ReplaceAll(strings.TrimSpace(cell), bar, "|")
		if len(cell) >= 2 && strings.HasPrefix(cell, "`") && strings.HasSuffix(cell, "`") && strings.Count(cell, "`") == 2 {
			cell = cell[1 : len(cell)-1]
		}
		cells = append(cells, cell)
	}
	return cells
}

const (
	beginCalls = "<!-- call differences: begin -->"
	endCalls   = "<!-- call differences: end -->"
)

// RowsHeldBy gives the first cells of those rows of the second table whose last cell names the test.
func RowsHeldBy(markdown, test string) []string {
	_, rest, _ := strings.Cut(markdown, beginCalls)
	text, _, _ := strings.Cut(rest, endCalls)
	var rows []string
	for line := range strings.Lines(text) {
		cells := cellsOf(line)
		if len(cells) == 5 && slices.Contains(strings.FieldsFunc(cells[4], func(c rune) bool { return strings.ContainsRune("`, ", c) }), test) {
			rows = append(rows, cells[0])
		}
	}
	return rows
}

func (r Row) covers(d Difference) bool {
	matches := func(pattern, value string) bool { return pattern == "*" || pattern == value }
	return matches(r.Operation, d.Operation) && r.Field == d.Field && matches(r.Go, d.Go) && matches(r.Ours, d.Ours)
}

// Judge finds what is not in the table, each once, and the rows of the table that nothing was like.
func Judge(differences []Difference, table []Row) (undocumented []Difference, stale []Row) {
	seen := map[Difference]bool{}
	used := map[Row]bool{}
	for _, difference := range differences {
		covered := false
		for _, row := range table {
			if row.covers(difference) {
				covered, used[row] = true, true
			}
		}
		if !covered && !seen[difference] {
			seen[difference] = true
			undocumented = append(undocumented, difference)
		}
	}
	for _, row := range table {
		if !used[row] {
			stale = append(stale, row)
		}
	}
	return undocumented, stale
}
