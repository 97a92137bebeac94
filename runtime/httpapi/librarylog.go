package httpapi

import (
	"io"
	"log/slog"
	"strings"
)

// LibraryLog writes what libraries say of connections, which may quote what an API has sent, and so a token that it echoes: of
// each line only how it begins, up to a quotation or the second colon. Whoever looks for the rest has a debugger.
func LibraryLog(log *slog.Logger) io.Writer { return libraryLog{log} }

type libraryLog struct{ log *slog.Logger }

func (l libraryLog) Write(p []byte) (int, error) {
	text, _, _ := strings.Cut(string(p), "\n")
	text, _, _ = strings.Cut(text, `"`)
	if parts := strings.SplitN(text, ": ", 3); len(parts) == 3 {
		text = parts[0] + ": " + parts[1]
	}
	l.log.Debug("a library says", "what", strings.TrimSpace(text))
	return len(p), nil
}
