package runtime

import (
	"fmt"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"

	"claviger/runtime/placeholder"
)

// PlaceholderRule says where calls that are passed on may have placeholders expanded. Without a rule nothing is.
type PlaceholderRule struct {
	Methods  []string `json:"methods"`           // of HTTP
	URL      string   `json:"url"`               // a regular expression for the whole address, without its query
	Position string   `json:"position"`          // header NAME, query NAME or body
	Names    []string `json:"names"`             // what may be expanded: as placeholder.Reference writes it
	Session  bool     `json:"session,omitempty"` // for calls of browser sessions too
}

const maxPlaceholderRules = 50

// checkPlaceholders judges rules by themselves.
func checkPlaceholders(rules []PlaceholderRule) error {
	var fields []FieldError
	if len(rules) > maxPlaceholderRules {
		fields = append(fields, FieldError{Path: "placeholders", Message: fmt.Sprintf("expected at most %d rules", maxPlaceholderRules)})
	}
	for i := range rules {
		for _, f := range rules[i].mistakes() {
			fields = append(fields, FieldError{Path: fmt.Sprintf("placeholders[%d].%s", i, f.Path), Message: f.Message})
		}
	}
	if len(fields) > 0 {
		return &Error{Code: CodeInvalidParameters, Message: "the placeholders' rules do not fit: " + fields[0].Path + ": " + fields[0].Message, Fields: fields}
	}
	return nil
}

var methodForm = regexp.MustCompile(`^[A-Z]{1,20}$`)

func (r *PlaceholderRule) mistakes() (found []FieldError) {
	add := func(path, format string, arguments ...any) {
		found = append(found, FieldError{Path: path, Message: fmt.Sprintf(format, arguments...)})
	}
	if len(r.Methods) == 0 {
		add("methods", "expected at least one method")
	}
	for _, m := range r.Methods {
		if !methodForm.MatchString(m) {
			add("methods", "%q is no method of HTTP in capitals", oneLine(m, 40))
		}
	}
	switch err := checkPattern(r.URL); {
	case len(r.URL) > 1_000:
		add("url", "expected at most 1000 characters")
	case err != nil:
		add("url", "expected a regular expression: %s", err)
	case !strings.HasPrefix(strings.TrimPrefix(r.URL, "^"), "http"):
		add("url", `expected a pattern of a whole address, such as https://api\.example\.com/v1/.*`)
	}
	if problem := r.positionProblem(); problem != "" {
		add("position", "%s", problem)
	}
	if len(r.Names) == 0 {
		add("names", "expected at least one name")
	}
	for _, name := range r.Names {
		if _, err := placeholder.ParseReference(name); err != nil {
			add("names", "%s", err)
		}
	}
	return found
}

func (r *PlaceholderRule) positionProblem() string {
	kind, name, _ := strings.Cut(r.Position, " ")
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	switch {
	case r.Position == "body", kind == "query" && name != "":
	case kind != "header" || name == "" || strings.ContainsAny(name, " :"):
		return "expected body, header NAME or query NAME"
	case notForwarded[canonical] || twinsOnly[canonical] && canonical != "Content-Type" || hasPrefix(canonical, notForwardedPrefixes):
		return "the header " + canonical + " of a caller does not go to the API"
	}
	return ""
}

// withoutQuery is an address as it is compared: the host in lower case, the path as it is encoded.
func withoutQuery(u *url.URL) string {
	return u.Scheme + "://" + strings.ToLower(u.Host) + u.EscapedPath()
}
