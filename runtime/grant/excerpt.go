package grant

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

// excerptLength is how many characters of an answer are shown; rawLength how many are kept until secrets are out of it, so
// that none is cut in two and missed.
const (
	excerptLength = 300
	rawLength     = 4000
)

// excerpt is what may be shown of an answer that is no token answer. Of one that says it is an error: its text, values
// with the name of a secret replaced. Of one that claims success: its outline only, for what it holds may be a token
// under a name that nobody expected.
func excerpt(p *parsed, isError bool) string {
	switch {
	case p.html:
		return title(p)
	case p.problem != "" && p.success() && !isError:
		return fmt.Sprintf("%d bytes", p.size)
	case p.success() && !isError:
		return outline(p.data)
	}
	if text, ok := p.data.(string); ok {
		return shorten(text, rawLength)
	}
	text, err := value.Encode(masked(p.data))
	if err != nil {
		return ""
	}
	return shorten(string(text), rawLength)
}

var pageTitle = regexp.MustCompile(`(?i)<title[^>]*>([^<]*)`)

// title is the title of a page: the rest of one is markup.
func title(p *parsed) string {
	page, _ := p.data.(string)
	if m := pageTitle.FindStringSubmatch(page[:min(len(page), 64<<10)]); m != nil && strings.TrimSpace(m[1]) != "" {
		return "page titled " + strings.TrimSpace(m[1])
	}
	return fmt.Sprintf("page of %d bytes", p.size)
}

var (
	secretWords = regexp.MustCompile(`(?i)token|secret|passw|assertion|jwt|credential|verifier|session|cookie|authorization|signature|api-?_?key|private-?_?key|^code$|^key$`)
	openWords   = regexp.MustCompile(`(?i)^(token_?type|error.*|status_?code)$`)
)

// isSecretName tells whether a field of that name may hold a secret.
func isSecretName(name string) bool {
	return secretWords.MatchString(name) && !openWords.MatchString(name)
}

// masked replaces texts that have the name of a secret. A `code` that is a word stays, for that is what half the providers
// call their error.
func masked(v any) any {
	switch t := v.(type) {
	case []any:
		out := make([]any, len(t))
		for i, item := range t {
			out[i] = masked(item)
		}
		return out
	case *value.Object:
		out := value.NewObject(t.Len())
		for name, item := range t.All() {
			if text, ok := item.(string); ok && isSecretName(name) && !(name == "code" && isCode(strings.ToLower(text))) {
				item = secret.Redacted
			}
			out.Set(name, masked(item))
		}
		return out
	}
	return v
}

// outline shows names and kinds, and no value: {access: {token: string}, ok: boolean}.
func outline(v any) string {
	var b strings.Builder
	outlineInto(&b, v)
	return b.String()
}

func outlineInto(b *strings.Builder, v any) {
	if b.Len() > rawLength {
		return
	}
	switch t := v.(type) {
	case *value.Object:
		b.WriteByte('{')
		separator := ""
		for name, item := range t.All() {
			b.WriteString(separator + shorten(name, 60) + ": ")
			outlineInto(b, item)
			separator = ", "
			if b.Len() > rawLength {
				break
			}
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		if len(t) > 0 {
			outlineInto(b, t[0])
		}
		b.WriteByte(']')
	default:
		b.WriteString(value.Kind(v))
	}
}

// oneLine replaces line breaks and other control characters by spaces and cuts to n characters.
func oneLine(text string, n int) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == ' ' }), " ")
	return shorten(strings.ToValidUTF8(text, "�"), n)
}

// redacted takes the secrets out of all texts and cuts them to size.
func (f *Failure) redacted(redact func(string) string) *Failure {
	f.Message = oneLine(redact(f.Message), 500)
	f.Code = oneLine(redact(f.Code), 100)
	f.Description = oneLine(redact(f.Description), 500)
	f.URI = oneLine(redact(f.URI), 300)
	f.Excerpt = oneLine(redact(f.Excerpt), excerptLength)
	return f
}
