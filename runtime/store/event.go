package store

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"claviger/runtime"
)

// EventRow is a stored event. Nothing in it is secret.
//
//	connection  text     refers to a connection; with seq the primary key
//	seq         integer  rises within the connection
//	doc         text     eventDoc in JSON
type EventRow struct {
	Connection string
	Seq        int64
	Doc        string
}

type eventDoc struct {
	At      time.Time         `json:"at"`
	Kind    runtime.EventKind `json:"kind"`
	Message string            `json:"message,omitzero"`
	By      runtime.Cause     `json:"by,omitzero"`
	Key     string            `json:"key,omitzero"`
	Method  string            `json:"method,omitzero"`
	Level   string            `json:"level,omitzero"`
	Failure *runtime.Failure  `json:"failure,omitzero"`
}

// FirstSeq is below the seqs of the events that come with a connection's version, of which there may be 32,768; those that
// are added later, without a new version, follow above, from FirstAdded on.
func FirstSeq(version int64) int64 { return version << 16 }

// FirstAdded is below the seqs of events that are added to a connection of the version.
func FirstAdded(version int64) int64 { return version<<16 + 1<<15 }

// Events encodes what comes with a connection's version: the events as rows, apart from those that fit a line (see
// putRefreshed).
func (c Codec) Events(connection string, version int64, events []runtime.Event) (rows []EventRow, lines string, err error) {
	seq := FirstSeq(version)
	for i := range events {
		seq++
		if e := &events[i]; fitsLine(e) {
			lines += putRefreshed(seq, e)
			continue
		}
		row, err := c.Event(connection, &events[i])
		if err != nil {
			return nil, "", err
		}
		row.Seq = seq
		rows = append(rows, row)
	}
	return rows, lines, nil
}

// Event encodes e. The row's seq is left to the store.
func (Codec) Event(connection string, e *runtime.Event) (EventRow, error) {
	doc, err := document("event of connection/"+connection, eventDoc{
		At: e.At.UTC(), Kind: e.Kind, Message: e.Message, By: e.By, Key: e.Key, Method: e.Method, Level: e.Level, Failure: stored(e.Failure),
	})
	return EventRow{Connection: connection, Doc: doc}, err
}

// ReadEvent decodes a row.
func (Codec) ReadEvent(row EventRow) (runtime.Event, error) {
	var doc eventDoc
	if err := readDocument("event of connection/"+row.Connection, row.Doc, &doc); err != nil {
		return runtime.Event{}, err
	}
	return runtime.Event{
		Seq: row.Seq, At: doc.At, Kind: doc.Kind, Message: doc.Message, By: doc.By, Key: doc.Key,
		Method: doc.Method, Level: doc.Level, Failure: doc.Failure,
	}, nil
}

// A refreshed event as a line, which is all that most renewals add to a timeline:
//
//	seq, nanoseconds since 1970, by, key    with a space between each two and a line feed behind
func putRefreshed(seq int64, e *runtime.Event) string {
	line := strconv.AppendInt(make([]byte, 0, 96), seq, 10)
	line = strconv.AppendInt(append(line, ' '), e.At.UnixNano(), 10)
	line = append(append(line, ' '), e.By...)
	line = append(append(line, ' '), e.Key...)
	return string(append(line, '\n'))
}

// A timeline is kept in two places: lines in the connection's own row, of which the newest RecentBytes stay, ten lines and
// more, and rows of a table, of which MostRows stay: of what is too many, console output that is not among the newest
// ConsoleRows of its kind goes first, for one verb may bring fifty rows of it; then the oldest.
const (
	RecentBytes = 800
	MostRows    = runtime.MaxEvents - (RecentBytes/minLine + 1)
	ConsoleRows = 100
)

// ConsoleMark is in the document of every console event and in no other: inside of a text its quotes are escaped.
const ConsoleMark = `"kind":"` + string(runtime.EventConsole) + `"`

// minLine is the least number of bytes of a line.
const minLine = len("65537 1795623513123456789  \n")

// fitsLine tells whether a line holds all of an event.
func fitsLine(e *runtime.Event) bool {
	bare := runtime.Event{At: e.At, Kind: runtime.EventRefreshed, By: e.By, Key: e.Key}
	year := e.At.Year() // nanoseconds do not reach beyond three centuries
	return *e == bare && 2001 < year && year < 2262 && len(e.By)+len(e.Key) < 40 &&
		!strings.ContainsFunc(string(e.By)+e.Key, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Page is the seq below which the events lie that a filter selects, and how many of them.
func Page(f runtime.EventFilter) (before int64, limit int) {
	return cmp.Or(f.Before, math.MaxInt64), cmp.Or(f.Limit, 100)
}

// Timeline is what a filter selects of a connection's events, the newest first: recent are the lines of its row, rows what
// Page selects of the table.
func (c Codec) Timeline(f runtime.EventFilter, recent string, rows []runtime.Event) ([]runtime.Event, error) {
	before, limit := Page(f)
	if len(recent) == RecentBytes {
		_, recent, _ = strings.Cut(recent, "\n") // of the first line the front may be missing
	}
	events, err := c.ReadLines(f.Connection, recent)
	if err != nil {
		return nil, err
	}
	events = slices.DeleteFunc(events, func(e runtime.Event) bool { return e.Seq >= before })
	events = append(events, rows...)
	slices.SortFunc(events, func(a, b runtime.Event) int { return cmp.Compare(b.Seq, a.Seq) })
	return events[:min(len(events), limit)], nil
}

// ReadLines decodes whole lines, the oldest first.
func (Codec) ReadLines(connection, lines string) ([]runtime.Event, error) {
	var events []runtime.Event
	for line := range strings.Lines(lines) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		if len(parts) != 4 {
			return nil, fmt.Errorf("decode recent of connection/%s: expected four words in a line", connection)
		}
		seq, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("decode recent of connection/%s: %w", connection, err)
		}
		at, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("decode recent of connection/%s: %w", connection, err)
		}
		events = append(events, runtime.Event{
			Seq: seq, At: time.Unix(0, at).UTC(), Kind: runtime.EventRefreshed, By: runtime.Cause(parts[2]), Key: parts[3],
		})
	}
	return events, nil
}
