package httpapi

import (
	"encoding/json"
	"net/url"
	"strings"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/pages"
)

// typedInput gives the texts of a form the types that the connector's schema asks for. An empty text is a field that was
// left out; what does not fit stays a text, which the schema then refuses by name.
func typedInput(fields []connectors.Field, form url.Values) *value.Object {
	o := value.NewObject(len(fields))
	for _, f := range fields {
		text := form.Get(f.Name)
		if f.Type == "boolean" && len(f.Enum) == 0 {
			o.Set(f.Name, text == "true")
		} else if text != "" {
			o.Set(f.Name, typed(f, text))
		}
	}
	return o
}

func typed(f connectors.Field, text string) any {
	for _, choice := range f.Enum {
		if value.String(choice) == text {
			return choice
		}
	}
	switch f.Type {
	case "number", "integer":
		return number(text)
	case "array":
		return list(text)
	case "object":
		return parsed(text)
	}
	return text
}

func number(text string) any {
	text = strings.TrimSpace(text)
	if json.Valid([]byte(text)) && strings.Trim(text, "0123456789+-.eE") == "" {
		return value.Number(text)
	}
	return text
}

func parsed(text string) any {
	v, err := value.Decode([]byte(text))
	if err != nil {
		return text
	}
	return v
}

// list reads one item a line, or JSON.
func list(text string) any {
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		return parsed(text)
	}
	out := []any{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// formPage is the connect page with what is known and what is wrong.
func formPage(f *runtime.Form) pages.Form {
	p := pages.Form{Connector: f.Connector, Description: f.Description, HelpURL: f.HelpURL}
	shown := map[string]bool{}
	for _, field := range f.Fields {
		q := question(field, f.Values)
		q.Error = errorsAt(f.Errors, "parameters."+field.Name, shown)
		p.Fields = append(p.Fields, q)
	}
	var rest []string
	for _, e := range f.Errors {
		if !shown[e.Path] {
			name := strings.TrimPrefix(strings.TrimPrefix(e.Path, "parameters"), ".")
			rest = append(rest, strings.TrimSpace(name+" "+e.Message))
		}
	}
	p.Error = strings.Join(rest, "; ")
	return p
}

func question(f connectors.Field, known *value.Object) pages.Field {
	q := pages.Field{
		Name: f.Name, Title: f.Title, Description: f.Description, Type: f.Type, Required: f.Required, Secret: f.Secret, Format: f.Format,
	}
	for _, choice := range f.Enum {
		q.Options = append(q.Options, value.String(choice))
	}
	v := known.Get(f.Name)
	if v == value.Undefined {
		v = f.Default
	}
	if f.Secret || v == value.Undefined || v == nil {
		return q
	}
	q.Value = value.String(v)
	if items, ok := v.([]any); ok {
		q.Value = lines(items)
	}
	return q
}

// lines is a list of texts as the form takes it; any other list is JSON.
func lines(items []any) string {
	texts := make([]string, len(items))
	for i, item := range items {
		text, ok := item.(string)
		if !ok {
			return value.String(items)
		}
		texts[i] = text
	}
	return strings.Join(texts, "\n")
}

// errorsAt joins what is wrong with one field and inside it.
func errorsAt(errs []runtime.FieldError, path string, shown map[string]bool) string {
	var messages []string
	for _, e := range errs {
		if e.Path == path || strings.HasPrefix(e.Path, path+".") || strings.HasPrefix(e.Path, path+"[") {
			shown[e.Path] = true
			messages = append(messages, e.Message)
		}
	}
	return strings.Join(messages, "; ")
}
