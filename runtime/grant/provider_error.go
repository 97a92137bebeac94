package grant

import (
	"encoding/json"

	"claviger/mapping/value"
)

// providerError is what an answer says about an error, wherever it says so.
type providerError struct {
	code, description, uri string
	plain                  bool // code is a text under `error`, as RFC 6749 section 5.2 has it
	guessed                bool // code stands where other things stand as well
	denied                 bool // ok or success is false
}

func (e providerError) into(f *Failure) {
	f.Code, f.Description, f.URI = oneLine(e.code, rawLength), oneLine(e.description, rawLength), oneLine(e.uri, rawLength)
}

var (
	codeFields        = []string{"code", "type", "status", "error", "errorCode", "error_code", "key", "reason"}
	descriptionFields = []string{
		"error_description", "message", "errorMessage", "error_message", "errorDescription", "description", "detail", "msg", "title", "reason",
	}
)

// errorOf finds the error in an answer, in the shapes that providers use:
//
//	{"error": "invalid_grant", "error_description": …}      RFC 6749 section 5.2; also with ok: false
//	{"error": {"message": …, "type": …, "code": 190}}
//	{"errors": [{"message": …, "code": …}]}   {"errors": ["…"]}
//	{"code": …, "message": …}   {"status": "BAD_REFRESH_TOKEN", "message": …}
//	[{"errorCode": …, "message": …}]
func errorOf(data any) providerError {
	if list, ok := data.([]any); ok && len(list) > 0 {
		data = list[0]
	}
	o, ok := data.(*value.Object)
	if !ok {
		return providerError{}
	}
	if code := o.Text("error"); code != "" {
		return providerError{code: code, description: textAt(o, descriptionFields...), uri: textAt(o, "error_uri"), plain: true}
	}
	for _, name := range []string{"error", "errors", "fault"} {
		if e := nested(o.Get(name)); e != (providerError{}) {
			e.description = firstText(e.description, textAt(o, descriptionFields...))
			return e
		}
	}
	code := textAt(o, "code", "errorCode", "error_code", "status")
	denied := o.Get("ok") == false || o.Get("success") == false
	return providerError{code: code, description: textAt(o, descriptionFields...), guessed: true, denied: denied}
}

func nested(v any) providerError {
	switch t := v.(type) {
	case []any:
		if len(t) > 0 {
			return nested(t[0])
		}
	case string:
		return providerError{description: t}
	case *value.Object:
		e := providerError{code: textAt(t, codeFields...), description: textAt(t, descriptionFields...), uri: textAt(t, "error_uri")}
		if n, ok := t.Get("code").(json.Number); ok && e.code == "" {
			e.code = string(n)
		}
		return e
	}
	return providerError{}
}

// textAt is the first text that is not empty.
func textAt(o *value.Object, names ...string) string {
	for _, name := range names {
		if s := o.Text(name); s != "" {
			return s
		}
	}
	return ""
}

func firstText(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
