package connectors

import (
	"regexp"
	"strings"
	"testing"
)

func TestHostPatterns(t *testing.T) {
	tests := []struct {
		pattern string
		dot     bool // the whole host lies under allowedHosts
		want    string
	}{
		{`^[a-z0-9-]+$`, false, ""},
		{`^[a-z0-9-]{1,63}$`, false, ""},
		{`^(eu|us|ap-[0-9])$`, false, ""},
		{`^(?:eu$|us$)`, false, ""},
		{`^eu$|^us$`, false, ""},
		{`\A[a-z]+\z`, false, ""},
		{`^\w+$`, false, ""},
		{`(?i)^[A-Z]+$`, false, ""},
		{`^[a-z]+(\.[a-z]+)*$`, true, ""},
		{`^[a-z]+(\.[a-z]+)*$`, false, "dot"},
		{`^.+$`, true, "/"},
		{`^[^/]+$`, true, `\`},
		{`^[^./\\@:?#%]+$`, false, "full-width"},
		{`^\S+$`, true, "/"},
		{`^[a-z]+:[0-9]+$`, true, ":"},
		{`^[[:punct:]]+$`, true, "/"},
		{`^[a-z -]+$`, true, "space"},
		{`[a-z]+`, false, "anchored"},
		{`^[a-z]+`, false, "anchored"},
		{`[a-z]+$`, false, "anchored"},
		{`^a|b$`, false, "anchored"},
		{`^(a|b$)`, false, "anchored"},
		{`(?m)^[a-z]+$`, false, "anchored"},
		{`^$|x`, false, "anchored"},
		{`(^[a-z]+$)?`, false, "anchored"},
		{``, false, "anchored"},
	}
	for _, test := range tests {
		got := hostPatternProblem(test.pattern, test.dot)
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s (dot %v): got %q, want %q", test.pattern, test.dot, got, test.want)
		}
	}
}

func TestPatternTail(t *testing.T) {
	for pattern, want := range map[string]string{
		`^[a-z0-9-]+\.example\.com$`: ".example.com", `^(a|b)\.x$`: ".x", `^[a-z]+\.x`: "", `^a$|^b\.x$`: "", `^[a-z]+$`: "", `^(a\.x)?$`: "",
		`^[a-z]+(\.x)+$`: "", `[`: "", `(?m)^[a-z]\.x$`: "",
	} {
		if got := patternTail(pattern); got != want {
			t.Errorf("%s: got %q, want %q", pattern, got, want)
		}
	}
}

// A pattern that is accepted matches no text, of all up to four characters long, that could leave its part of the host.
func TestAcceptedPatternsMatchNoHostBreaker(t *testing.T) {
	alphabet := []string{"a", "Z", "5", "-", "_", ".", "/", `\`, "@", ":", "?", "#", "%", "\n", " ", "。", "／"}
	patterns := []string{
		`^[a-z0-9-]+$`, `^\w+$`, `^eu$|^us$`, `^(?:a|b)$`, `^[^.]$`, `^.$`, `^[[:graph:]]+$`, `^(a|\.)+$`, `(?i)^A+$`, `^a*?$`,
		`^(?s:.)$`, `^\x{2f}$`, `^[\x{20}-\x{7e}]+$`, `^a$b`, `^\pL+$`, `^\PL+$`, `^a\b-$`, `^(^a$)$`, `^a{0}/{0}$`, `^a(/){0}$`,
	}
	for _, p := range patterns {
		re := regexp.MustCompile(p)
		if hostPatternProblem(p, false) != "" {
			continue
		}
		var try func(prefix string, left int)
		try = func(prefix string, left int) {
			if re.MatchString(prefix) && strings.ContainsAny(prefix, "./\\@:?#% \n。／") {
				t.Errorf("%s is accepted and matches %q", p, prefix)
			}
			for _, c := range alphabet {
				if left > 0 {
					try(prefix+c, left-1)
				}
			}
		}
		try("", 3)
	}
}
