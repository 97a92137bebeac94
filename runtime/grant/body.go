package grant

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// parsed is a provider's answer, taken apart by what its bytes are and not by what its Content-Type says.
type parsed struct {
	status  int
	header  http.Header
	data    any    // a value; a form is an object of strings, anything else its text
	problem string // why data is no object; "" when it is one
	html    bool
	size    int

	receivedAt time.Time
}

// parse reads JSON (with or without a byte order mark), else a form, else text.
func parse(a *egress.Answer) parsed {
	body := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(a.Body), []byte("\ufeff")))
	p := parsed{status: a.Status, header: a.Header, size: len(a.Body), receivedAt: a.ReceivedAt}
	switch {
	case len(body) == 0:
		p.problem = "an empty answer"
	case body[0] == '<':
		p.html, p.problem = true, "an HTML or XML page"
	case strings.IndexByte(`{["`, body[0]) >= 0:
		p.json(body)
	default:
		p.form(string(body))
	}
	if p.data == nil {
		p.data = string(body)
	}
	return p
}

func (p *parsed) json(body []byte) {
	data, err := value.Decode(body)
	switch {
	case errors.Is(err, value.ErrTooDeep):
		p.problem = "JSON that is " + err.Error()
		return
	case err != nil:
		p.problem = "JSON that cannot be read"
		return
	}
	p.data = data
	if _, ok := data.(*value.Object); !ok {
		p.problem = "JSON that is a " + value.Kind(data) + " and no object"
	}
}

// formName is what parameters are called. Prose with an equals sign in it is no form, and neither is a bare token whose
// base64 ends in one.
var formName = regexp.MustCompile(`^[A-Za-z0-9_.\-\[\]]{1,40}$`)

const noForm = "text that is neither JSON nor a form"

func (p *parsed) form(body string) {
	o, empty := value.NewObject(8), true
	for pair := range strings.SplitSeq(body, "&") {
		name, text, found := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(name)
		text, errText := url.QueryUnescape(text)
		if !found || errName != nil || errText != nil || !formName.MatchString(name) || strings.HasPrefix(text, "=") {
			p.problem = noForm
			return
		}
		empty = empty && text == ""
		o.Set(name, text)
	}
	if p.data = o; empty {
		p.data, p.problem = nil, noForm
	}
}

// object is the answer where it is one, else nil.
func (p *parsed) object() *value.Object {
	o, _ := p.data.(*value.Object)
	return o
}

func (p *parsed) success() bool { return p.status >= 200 && p.status <= 299 }

// response is the variable of errorWhen and errorClasses: {data, headers, statusCode}. Names of headers are in lower
// case; of several of one name the values are joined by a comma.
func (p *parsed) response() *value.Object {
	headers := value.NewObject(len(p.header))
	for name, values := range p.header {
		headers.Set(strings.ToLower(name), strings.Join(values, ", "))
	}
	return value.Of("response", value.Of("data", p.data, "headers", headers, "statusCode", value.Int(p.status)))
}
