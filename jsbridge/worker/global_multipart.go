package worker

import (
	"bytes"
	"errors"
	"mime"
	"strings"

	"github.com/dop251/goja"
)

// formPart is one entry of a form.
type formPart struct {
	name     string
	file     bool
	filename string
	kind     string // content type, as it stands there
	body     []byte
}

var errMultipart = errors.New("the body is no multipart/form-data")

// maxFormParts bounds what a small body can be made to be.
const maxFormParts = 10000

// parseMultipart is parse(contentType, bytes) → [{name, file, filename, type, body}, …]; it throws a TypeError.
func parseMultipart(m *machine, call goja.FunctionCall) goja.Value {
	parts, err := multipartForm(call.Argument(0).String(), m.bytes(call.Argument(1)))
	if err != nil {
		panic(m.vm.NewTypeError("Failed to parse body as FormData."))
	}
	list := make([]any, len(parts))
	for i, p := range parts {
		o := m.holder()
		m.set(o, "name", p.name)
		m.set(o, "file", p.file)
		m.set(o, "filename", p.filename)
		m.set(o, "type", p.kind)
		m.set(o, "body", m.vm.NewArrayBuffer(append([]byte{}, p.body...)))
		list[i] = o
	}
	return m.vm.NewArray(list...)
}

// multipartForm splits a body of multipart/form-data (Fetch standard, "multipart/form-data parser").
func multipartForm(contentType string, body []byte) ([]formPart, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" || len(params["boundary"]) > 70 {
		return nil, errMultipart
	}
	mark := []byte("--" + params["boundary"])
	body, ok := bytes.CutPrefix(body, mark)
	if !ok {
		return nil, errMultipart
	}
	mark = append([]byte("\r\n"), mark...)
	var parts []formPart
	for {
		if bytes.HasPrefix(body, []byte("--")) {
			return parts, nil
		}
		rest, ok := bytes.CutPrefix(body, []byte("\r\n"))
		if !ok || len(parts) >= maxFormParts {
			return nil, errMultipart
		}
		part, err := parsePart(&rest, mark)
		if err != nil {
			return nil, err
		}
		parts, body = append(parts, part), rest
	}
}

// parsePart reads the head and the body of a part and moves rest behind the mark that ends it.
func parsePart(rest *[]byte, mark []byte) (formPart, error) {
	p := formPart{kind: "text/plain"}
	named := false
	for {
		line, after, ok := bytes.Cut(*rest, []byte("\r\n"))
		if !ok {
			return p, errMultipart
		}
		*rest = after
		if len(line) == 0 {
			break
		}
		key, value, ok := strings.Cut(string(line), ":")
		if !ok {
			return p, errMultipart
		}
		switch strings.ToLower(strings.TrimRight(key, " \t")) {
		case "content-disposition":
			if named, ok = p.disposition(value); !ok {
				return p, errMultipart
			}
		case "content-type":
			p.kind = strings.Trim(value, " \t")
		}
	}
	// The mark's own line break may be the one that ended the head.
	after, ok := bytes.CutPrefix(*rest, mark[2:])
	if !ok {
		p.body, after, ok = bytes.Cut(*rest, mark)
	}
	*rest = after
	if !ok || !named {
		return p, errMultipart
	}
	return p, nil
}

// disposition reads form-data; name="…"; filename="…".
func (p *formPart) disposition(value string) (named, ok bool) {
	kind, rest, _ := strings.Cut(value, ";")
	if !strings.EqualFold(strings.Trim(kind, " \t"), "form-data") {
		return false, false
	}
	for rest != "" {
		var key, text string
		if key, text, rest, ok = parameter(rest); !ok {
			return false, false
		}
		switch key {
		case "name":
			p.name, named = text, true
		case "filename":
			p.filename, p.file = text, true
		}
	}
	return named, true
}

// formEscape is what stands for what a name cannot hold (HTML standard, "multipart/form-data encoding algorithm").
var formEscape = strings.NewReplacer("%0A", "\n", "%0a", "\n", "%0D", "\r", "%0d", "\r", "%22", `"`)

// parameter reads one key=text or key="text" and the semicolon behind it.
func parameter(s string) (key, text, rest string, ok bool) {
	key, s, ok = strings.Cut(strings.TrimLeft(s, " \t"), "=")
	if !ok {
		return "", "", "", strings.TrimSpace(key) == ""
	}
	if quoted, is := strings.CutPrefix(s, `"`); is {
		if text, s, ok = strings.Cut(quoted, `"`); !ok {
			return "", "", "", false
		}
		text = formEscape.Replace(text)
		_, rest, _ = strings.Cut(s, ";")
	} else {
		text, rest, _ = strings.Cut(s, ";")
		text = strings.TrimSpace(text)
	}
	return strings.ToLower(strings.TrimSpace(key)), validUTF8([]byte(text)), rest, true
}
