// Package finding is the vocabulary of an author's mistakes: where one is, how bad it is, what was expected there and
// what to do. Everything that reads an author's files reports in it, so that all mistakes of a folder come out together
// and look alike.
//
//	freshdesk/spec.yml:4:3: error: unknown key "nmae" (did you mean "name"?)
//
// It knows no file format and no output format other than the one-line text.
package finding

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Severity tells what a finding stops. Its text is the word printed in a finding's line.
type Severity string

const (
	// Error keeps the connector from loading.
	Error Severity = "error"
	// Warning is probably a mistake; the connector loads.
	Warning Severity = "warning"
	// Note tells something an author may want to know, such as a default that was taken.
	Note Severity = "note"
)

// Pos is a place in an author's file. Line and Col count from 1; 0 means unknown and prints as 1. Col counts characters.
type Pos struct {
	File string // relative to the connector's folder, with forward slashes
	Line int
	Col  int
}

// String is "file:line:col".
func (p Pos) String() string {
	return fmt.Sprintf("%s:%d:%d", p.File, max(p.Line, 1), max(p.Col, 1))
}

// Finding is one mistake at one place.
type Finding struct {
	Pos        Pos
	Severity   Severity
	Message    string // what was expected and what was found; lower case, no full stop
	Suggestion string // what to do, a clause such as `did you mean "name"?`; empty if none is known
}

// Errorf is a finding of severity Error without a suggestion.
func Errorf(at Pos, format string, args ...any) Finding {
	return Finding{Pos: at, Severity: Error, Message: fmt.Sprintf(format, args...)}
}

// Warningf is a finding of severity Warning without a suggestion.
func Warningf(at Pos, format string, args ...any) Finding {
	return Finding{Pos: at, Severity: Warning, Message: fmt.Sprintf(format, args...)}
}

// Notef is a finding of severity Note without a suggestion.
func Notef(at Pos, format string, args ...any) Finding {
	return Finding{Pos: at, Severity: Note, Message: fmt.Sprintf(format, args...)}
}

// Suggest returns f with a suggestion. An empty one leaves f as it is.
func (f Finding) Suggest(format string, args ...any) Finding {
	if s := fmt.Sprintf(format, args...); s != "" {
		f.Suggestion = s
	}
	return f
}

// Text is the message with its suggestion in parentheses: on one line and of readable length, whatever the author's source
// held.
func (f Finding) Text() string {
	text := shorten(f.Message)
	if f.Suggestion != "" {
		text += " (" + shorten(f.Suggestion) + ")"
	}
	return oneLine.Replace(text)
}

// shorten cuts a text that holds a long piece of an author's source.
func shorten(text string) string {
	const most = 400
	if runes := []rune(text); len(text) > most && len(runes) > most {
		return string(runes[:most-100]) + " … " + string(runes[len(runes)-90:])
	}
	return text
}

// String is "file:line:col: severity: message (suggestion)".
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s", f.Pos, f.Severity, f.Text())
}

var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")

// List is the findings of a file, a folder or a run. It is an error when it holds one of severity Error; see Err.
type List []Finding

// HasErrors tells whether any finding is of severity Error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(f Finding) bool { return f.Severity == Error })
}

// Sort orders by file, line, column, then message, and drops exact repetitions. It returns the sorted list.
func (l List) Sort() List {
	slices.SortStableFunc(l, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(l)
}

// In returns the list with each file name below folder.
func (l List) In(folder string) List {
	if folder == "" || folder == "." {
		return l
	}
	out := make(List, len(l))
	for i, f := range l {
		f.Pos.File = strings.TrimSuffix(folder, "/") + "/" + f.Pos.File
		out[i] = f
	}
	return out
}

// Err is nil when no finding is an error, else the list itself as one.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return l
}

// Error lists the findings, one a line.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, f := range l {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Nearest returns the word of known that word is most likely a slip of, or "" when none is near: one edit in a word of up to
// four characters, one more for each three beyond.
func Nearest(word string, known []string) string {
	best, bestAt := "", (len([]rune(word))+1)/3+1
	for _, k := range known {
		if strings.EqualFold(word, k) {
			return k
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < bestAt {
			best, bestAt = k, d
		}
	}
	return best
}

// DidYouMean is `did you mean "x"?` for the nearest known word, else "expected one of …": all known words where the list is
// short enough to read, else those that are least far. It is "" only where nothing is known.
func DidYouMean(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	switch {
	case len(known) == 0:
		return ""
	case len(known) > 12:
		return "expected one of " + strings.Join(leastFar(word, known, 5), ", ") + " and others"
	}
	return "expected one of " + strings.Join(known, ", ")
}

// leastFar is the n known words that take the fewest edits, in their own order where these are as many.
func leastFar(word string, known []string, n int) []string {
	edits := make(map[string]int, len(known))
	for _, k := range known {
		edits[k] = distance(strings.ToLower(word), strings.ToLower(k))
	}
	ranked := slices.Clone(known)
	slices.SortStableFunc(ranked, func(a, b string) int { return cmp.Compare(edits[a], edits[b]) })
	return ranked[:n]
}

// distance is the edit distance in which swapping two neighbours counts one (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if len(s) > 64 || len(t) > 64 {
		return math.MaxInt
	}
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(s)][len(t)]
}
