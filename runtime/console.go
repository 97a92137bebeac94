package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
)

const (
	maxConsoleLines  = 500   // of one verb in the log, empty ones too: what surrounds a line there is longer than most
	maxConsoleEvents = 50    // of one verb: the timeline has room for other things too
	maxConsoleText   = 2_000 // characters of one event
)

// printed is a line that a hook has printed, as it came.
type printed struct {
	jsbridge.LogLine
	at     time.Time
	method connectors.Method
}

// listen takes a hook's console output where the integration asks for it; nil, which drops it, elsewhere. The lines wait for
// the end of the verb: a secret that comes later in it, such as a token that the hook returns, is taken out of them too.
// The limit of each call bounds their text, and maxConsoleLines their number.
func (b *binding) listen(ctx context.Context, m connectors.Method) func(jsbridge.LogLine) {
	if !b.hookLogs {
		return nil
	}
	return func(l jsbridge.LogLine) {
		if !b.countLine() {
			return
		}
		at, err := b.e.now(ctx)
		if err != nil {
			return // the call is about to fail for it
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.printed = append(b.printed, printed{l, at, m})
	}
}

// countLine tells whether one more line is kept.
func (b *binding) countLine() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lines++; b.lines > maxConsoleLines {
		b.dropped++
		return false
	}
	return true
}

// console writes what hooks have printed to the log, redacted, and returns it as events: to be stored with the outcome that
// the verb has come to. What it has returned it returns no second time.
func (b *binding) console() []Event {
	b.mu.Lock()
	lines, dropped := b.printed, b.dropped
	b.printed, b.dropped = nil, 0
	b.mu.Unlock()
	var events []Event
	for _, l := range lines {
		text := b.redact(l.Text)
		b.logConsole(levelOf(l.Level), slog.String("text", text), slog.String("method", string(l.method)))
		if len(events) < maxConsoleEvents {
			events = append(events, Event{At: l.at, Kind: EventConsole, Message: shortened(text, maxConsoleText), Method: string(l.method), Level: l.Level})
		}
	}
	if dropped > 0 {
		b.logConsole(slog.LevelInfo, slog.String("text", fmt.Sprintf("… and %d more lines", dropped)))
	}
	if more := len(lines) - len(events); more > 0 {
		text := fmt.Sprintf("… and %d more, which the server's log has", more)
		if dropped > 0 {
			text = fmt.Sprintf("… and %d more, of which the server's log has %d", more+dropped, more)
		}
		events = append(events, Event{At: lines[len(lines)-1].at, Kind: EventConsole, Level: "log", Message: text})
	}
	return events
}

func (b *binding) logConsole(level slog.Level, more ...slog.Attr) {
	b.e.log.LogAttrs(context.Background(), level, "console", append(more, slog.String("connector", b.connector.Key),
		slog.String("integration", b.integration), slog.String("connection", b.connection))...)
}

func levelOf(console string) slog.Level {
	switch console {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	}
	return slog.LevelInfo
}

// shortened is at most so many characters of a text.
func shortened(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// flush ends a verb: what its hooks have printed and no outcome took with it is kept by itself. Of a connection that was
// not made, or is gone, only the log tells.
func (b *binding) flush(ctx context.Context) {
	events := b.console()
	if len(events) == 0 || b.connection == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := b.e.store.AppendEvents(ctx, b.connection, events...); err != nil && !errors.Is(err, ErrNotFound) {
		b.e.log.Warn("console output is not kept", "connection", b.connection, "error", err)
	}
}
