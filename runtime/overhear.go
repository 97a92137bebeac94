package runtime

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"

	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// secretMember matches names under which providers and methods keep what must not be printed. A code is none of them: most
// are error codes, which people need to see.
var secretMember = regexp.MustCompile(`(?i)token|secret|passw|passphrase|assertion|jwt|session|cookie|verifier|api_?key|private_?key`)

// plainMember matches those of them that speak about a secret and are none.
var plainMember = regexp.MustCompile(`(?i)(type|uri|url|endpoint|_?expir\w*|_at|_in|In|scopes?)$`)

// maxHeard bounds the members and items of one value that overhear looks at; credentials have a few dozen.
const maxHeard = 50_000

// overhear makes unprintable, in everything that this binding says from now on, what stands under a secret name in v: a
// method that fails likes to tell what it was given. Of a value that is too large nobody knows what is secret in it.
func (b *binding) overhear(v any) {
	if left := b.listenTo(v, maxHeard); left < 0 {
		b.redactor.Withhold()
	}
}

// listenTo looks at most at left members and items, and returns how many more it might; negative: there were more.
func (b *binding) listenTo(v any, left int) int {
	switch t := v.(type) {
	case []any:
		left -= len(t)
		for i := 0; i < len(t) && left >= 0; i++ {
			left = b.listenTo(t[i], left)
		}
	case *value.Object:
		left -= t.Len()
		for name, item := range t.All() {
			if left < 0 {
				break
			}
			if text, ok := item.(string); ok && isSecretMember(name) {
				b.redactor.Add(text)
			}
			left = b.listenTo(item, left)
		}
	}
	return left
}

// maxName bounds the names that are looked at closely; a longer one is no name, and may well be a secret's.
const maxName = 1 << 10

func isSecretMember(name string) bool {
	return len(name) > maxName || secretMember.MatchString(name) && !plainMember.MatchString(name)
}

// redact makes a text printable. What was overheard is looked through only now: most runs have nothing to tell.
func (b *binding) redact(text string) string {
	b.mu.Lock()
	heard := b.heard
	b.heard = nil
	b.mu.Unlock()
	for _, learn := range heard {
		learn()
	}
	return b.redactor.Redact(text)
}

// hear keeps something for redact to look through.
func (b *binding) hear(learn func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heard = append(b.heard, learn)
}

// overhearArguments is overhear for what a method is given beside the parameters, whose secrets are known.
func (b *binding) overhearArguments(arguments *value.Object) {
	for _, name := range []string{"credentials", "tokenResponse"} {
		b.overhear(arguments.Get(name))
	}
	b.redactor.Add(arguments.Text("codeVerifier"), arguments.Text("state"))
	if query, ok := arguments.Get("queryParameters").(*value.Object); ok {
		b.redactor.Add(query.Text("code"), query.Text("state"))
		b.overhear(query)
	}
}

// maxOverheard bounds the bodies of which secrets are learned; token answers are far smaller.
const maxOverheard = 64 << 10

// hearAnswer is hear for what a hook's fetch received: its body and its cookies. Of the answer itself it keeps nothing, for
// a verb may receive many large ones.
func (b *binding) hearAnswer(a *egress.Answer) {
	if a == nil {
		return
	}
	cookies, body := a.Header.Values("Set-Cookie"), heardBody(a.Body)
	if len(cookies) == 0 && body == nil {
		return
	}
	b.hear(func() {
		for _, cookie := range cookies {
			value, _, _ := strings.Cut(cookie, ";")
			_, value, _ = strings.Cut(value, "=")
			b.redactor.Add(value)
		}
		b.overhearBody(body)
	})
}

// hearRequest is hear for what a hook's fetch sends: it may have made a secret of its own, such as a signed assertion.
func (b *binding) hearRequest(r jsbridge.FetchRequest) {
	header, body := r.Header, heardBody(r.Body)
	_, query, _ := strings.Cut(r.URL, "?")
	b.hear(func() {
		b.overhearForm(query)
		for _, h := range header {
			if h[0] == "authorization" {
				_, credential, _ := strings.Cut(h[1], " ")
				b.redactor.Add(credential)
			} else if isSecretMember(h[0]) {
				b.redactor.Add(h[1])
			}
		}
		b.overhearBody(body)
	})
}

// heardBody is a copy of a body of which overhearBody would learn, nil of any other.
func heardBody(body []byte) []byte {
	if len(body) > maxOverheard {
		return nil
	}
	return bytes.Clone(body)
}

// overhearBody is overhear for JSON or a form of at most maxOverheard bytes.
func (b *binding) overhearBody(body []byte) {
	body = bytes.TrimSpace(body)
	if bytes.HasPrefix(body, []byte("{")) || bytes.HasPrefix(body, []byte("[")) {
		if v, err := value.Decode(body); err == nil {
			b.overhear(v)
		}
		return
	}
	b.overhearForm(string(body))
}

// overhearForm is overhear for a form or a query.
func (b *binding) overhearForm(text string) {
	form, err := url.ParseQuery(text)
	if err != nil {
		return
	}
	for name, values := range form {
		if isSecretMember(name) {
			b.redactor.Add(values...)
		}
	}
}
