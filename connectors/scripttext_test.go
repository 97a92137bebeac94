package connectors

import (
	"fmt"
	"testing"
)

func TestHostsWrittenInScripts(t *testing.T) {
	tests := []struct{ source, want string }{
		{`fetch('https://api.example.com/me')`, `api.example.com 1:7`},
		{`fetch("https://api.example.com")`, `api.example.com 1:7`},
		{"fetch(`https://api.example.com/${id}`)", `api.example.com 1:7`},
		{"fetch(`https://${shop}.example.com/`)", ` open 1:7`},
		{"fetch(`https://api-${shop}.example.com/`)", `api- open 1:7`},
		{"fetch(`https://api${shop}.example.com/`)", `api open 1:7`},
		{`fetch('https://' + host)`, ` open 1:7`},
		{`fetch('https://api.example.com' + path)`, `api.example.com 1:7`},
		{`// 'https://comment.example.com'`, ``},
		{`/* 'https://comment.example.com' */ f('https://a.example.com')`, `a.example.com 1:39`},
		{"x = a / b / 'https://a.example.com'", `a.example.com 1:13`},
		{"x = /['/\"]/; y = 'https://a.example.com'", `a.example.com 1:18`},
		{"return /'/.test(x) && 'https://a.example.com'", `a.example.com 1:23`},
		{"if (x) /'/.test(y)\n'https://a.example.com'", `a.example.com 2:1`}, // a value before the slash: a division
		{"`${`${'https://a.example.com'}`}`", `a.example.com 1:7`},
		{"`${{a: {b: 1}}}` + 'https://a.example.com'", `a.example.com 1:20`},
		{`'it\'s' + "https://a.example.com"`, `a.example.com 1:11`},
		{"é = 'https://a.example.com'", `a.example.com 1:5`},
		{"'unclosed https://a.example.com\n'https://b.example.com'", `b.example.com 2:1`},
		{"`unclosed ${", ``},
		{`'see https://a.example.com'`, ``},
		{"'\\", ``}, {"`\\", ``}, {"/", ``}, {"/\\", ``}, {"}", ``},
	}
	for _, test := range tests {
		got := ""
		for _, text := range scriptTexts(test.source + "//://") {
			authority, open, ok := writtenAuthority(text)
			if !ok {
				continue
			}
			if open {
				authority += " open"
			}
			got += fmt.Sprintf("%s %d:%d", authority, text.line, text.col)
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.source, got, test.want)
		}
	}
}
