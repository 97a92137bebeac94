package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/dop251/goja"

	"claviger/jsbridge/wire"
	"claviger/mapping/finding"
)

// check writes the findings of a script: those of every file, then, where all compile, those of running the entry.
func (w *worker) check(head wire.CheckHead) error {
	b, err := w.bundle(head.Hash)
	if err != nil {
		return err
	}
	if err := w.aim(head.Memory); err != nil {
		return err
	}
	found, err := b.findings(head.Skip)
	if err != nil {
		return err
	}
	if !hasErrors(found) && len(head.Skip) == 0 {
		m := newMachine(w, b, wire.RunHead{
			Hash: head.Hash, Seed: head.Seed, Memory: head.Memory, Fetches: head.Fetches, Log: head.Log,
		})
		w.running.Store(m)
		found = append(found, m.tryEntry(head.Methods)...)
		w.running.Store(nil)
		switch {
		case m.failed:
			return errRuntime
		case m.broken != nil:
			return m.broken
		}
	}
	body, err := json.Marshal(found[:min(len(found), maxFindings)])
	if err != nil {
		return err
	}
	return w.conn.write(wire.Checked, nil, body)
}

// maxFindings is how many mistakes of one script are worth telling.
const maxFindings = 500

// findings compiles every file that is not skipped and collects what is wrong with it.
func (b *bundle) findings(skip []string) ([]wire.Finding, error) {
	var found []wire.Finding
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		if slices.Contains(skip, name) {
			continue
		}
		if path.Ext(name) == ".json" {
			found = append(found, b.jsonFindings(name)...)
			continue
		}
		u, err := b.unit(name)
		if err != nil {
			return nil, err
		}
		for _, f := range u.faults {
			found = append(found, wire.Finding{Place: f.Place, Severity: string(finding.Error), Message: f.Message})
		}
		if u.program != nil {
			found = append(found, b.lint(u, name)...)
		}
	}
	return found, nil
}

func (b *bundle) jsonFindings(name string) []wire.Finding {
	var into any
	err := json.Unmarshal([]byte(b.files[name]), &into)
	if err == nil {
		return nil
	}
	at := wire.Place{File: name}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = b.placeOfOffset(name, int(syntax.Offset)-1)
	}
	return []wire.Finding{{Place: at, Severity: string(finding.Error), Message: "invalid JSON: " + err.Error()}}
}

// tryEntry runs the top level of the entry and looks for the methods in what it exports.
func (m *machine) tryEntry(methods []string) (found []wire.Finding) {
	defer func() {
		if x := recover(); x != nil {
			m.broke(x)
		}
	}()
	exports, err := m.load()
	if err != nil {
		return []wire.Finding{m.entryFinding(err)}
	}
	for _, method := range methods {
		if _, err := m.exported(exports, method); err != nil {
			f := m.entryFinding(err)
			f.Suggestion = m.suggestExport(exports, method)
			found = append(found, f)
		}
	}
	return found
}

func (m *machine) entryFinding(err error) wire.Finding {
	f := m.failure(err).Shortened()
	if f.Place.File == "" {
		f.Place = m.bundle.start()
	}
	return wire.Finding{Place: f.Place, Severity: string(finding.Error), Message: f.Message}
}

// start is where the entry's source begins.
func (b *bundle) start() wire.Place {
	if b.line > 0 {
		return wire.Place{File: b.entry, Line: b.line, Col: b.col}
	}
	return wire.Place{File: b.entry, Line: 1, Col: 1}
}

// suggestExport names the export that was probably meant, or how to export a function.
func (m *machine) suggestExport(exports goja.Value, method string) string {
	var names []string
	if object, ok := exports.(*goja.Object); ok {
		if err := m.try(func() { names = object.Keys() }); err != nil {
			return ""
		}
	}
	switch near := finding.Nearest(method, names); near {
	case "":
	case method:
		return "what is exported under that name is no function"
	default:
		return fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Sprintf("write exports.%s = async function (args) { … }", method)
}

func hasErrors(found []wire.Finding) bool {
	return slices.ContainsFunc(found, func(f wire.Finding) bool { return f.Severity == string(finding.Error) })
}
