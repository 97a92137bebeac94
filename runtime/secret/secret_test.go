package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"claviger/runtime/secret"
)

const canary = "canary-5f0c1f4e"

// inside holds secrets in every position where fmt reads through reflection.
type inside struct {
	Exported   secret.Text
	unexported secret.Text
	Pointer    *secret.Text
	List       []secret.Text
	Map        map[string]secret.Text
	Any        any
	redactor   *secret.Redactor
}

type document struct{ Token secret.Text }

func newInside() inside {
	t := secret.New(canary)
	return inside{t, t, &t, []secret.Text{t}, map[string]secret.Text{"k": t}, t, secret.NewRedactor(canary)}
}

func TestTextUnderEveryVerb(t *testing.T) {
	text := secret.New(canary)
	values := []any{text, &text, []secret.Text{text}, map[string]any{"k": text}, newInside(), ptr(newInside()), secret.NewRedactor(canary)}
	for verb := 'A'; verb <= 'z'; verb++ {
		for _, flag := range []string{"", "+", "#", "20", "-20", "020", ".3", " "} {
			for _, v := range values {
				got := fmt.Sprintf("%"+flag+string(verb), v)
				if reveals(got) {
					t.Errorf("%%%s%c of %T prints %s", flag, verb, v, got)
				}
			}
		}
	}
	for _, got := range []string{fmt.Sprint(text), fmt.Sprintf("%s", text), fmt.Sprintf("%d", text), fmt.Sprintf("%#v", text), text.String(), text.GoString()} {
		if got != secret.Redacted {
			t.Errorf("got %q", got)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// reveals looks for the canary as text, and as %x and %X write it.
func reveals(s string) bool {
	hexed := fmt.Sprintf("%x", canary)
	return strings.Contains(strings.ToLower(s), hexed) || strings.Contains(s, "canary") ||
		strings.Contains(s, "99 97 110 97 114 121")
}

func TestTextInEncoders(t *testing.T) {
	v := newInside()
	asJSON, err := json.Marshal(v)
	if err != nil || reveals(string(asJSON)) || strings.Count(string(asJSON), secret.Redacted) != 5 {
		t.Errorf("JSON: %s, %v", asJSON, err)
	}
	asXML, err := xml.Marshal(document{v.Exported})
	if err != nil || reveals(string(asXML)) || !strings.Contains(string(asXML), secret.Redacted) {
		t.Errorf("XML: %s, %v", asXML, err)
	}
	var page bytes.Buffer
	err = template.Must(template.New("").Parse(`{{.Exported}} {{.Any}} <a href="?{{.Exported}}">{{.}}</a><script>{{.Exported}}</script>`)).Execute(&page, v)
	if err != nil || reveals(page.String()) {
		t.Errorf("template: %s, %v", page.String(), err)
	}
	if err := fmt.Errorf("token %v: %w", v.Exported, errors.New("x")); reveals(err.Error()) {
		t.Error(err)
	}
}

func TestTextInSlog(t *testing.T) {
	v := newInside()
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var out bytes.Buffer
		log := slog.New(handler(&out))
		log.Info("m", "text", v.Exported, "pointer", v.Pointer, "struct", v, "list", v.List, "map", v.Map, "redactor", v.redactor,
			slog.Group("g", "t", v.Exported), "string", v.Exported.String())
		log.With("t", v.Exported).Error("x", "error", fmt.Errorf("token %s", v.Exported))
		if reveals(out.String()) || !strings.Contains(out.String(), secret.Redacted) {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}

func TestTextValue(t *testing.T) {
	text, none := secret.New(canary), secret.New("")
	if text.Reveal() != canary || none.Reveal() != "" || text.IsEmpty() || !none.IsEmpty() || none != (secret.Text{}) {
		t.Error("Reveal or IsEmpty")
	}
	if !text.Equal(secret.New(canary)) || text.Equal(none) || !none.Equal(secret.Text{}) || text.Equal(secret.New("other")) {
		t.Error("Equal")
	}
}
