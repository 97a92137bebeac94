package connectors

import "strings"

// scriptText is a string of JavaScript source: a quoted one, or the part of a template before its first ${.
type scriptText struct {
	text      string
	continues bool // something computed follows directly
	line, col int  // of the opening quote
}

// scriptTexts finds the strings of a source. It is a scanner and no parser: where it loses its way, over a regular
// expression that looks like a division, it misses a string or takes a comment for one, and a host is listed too few or
// too many.
func scriptTexts(source string) []scriptText {
	s := &scriptScanner{source: source, line: 1, col: 1}
	for s.at < len(s.source) {
		s.step()
	}
	return s.found
}

type scriptScanner struct {
	source    string
	at        int
	line, col int
	last      byte // the last character of code that is no space
	word      string
	found     []scriptText
	braces    []int // open braces within each template that is open around the place
}

// next moves over n bytes, counting lines and characters.
func (s *scriptScanner) next(n int) {
	for end := min(s.at+n, len(s.source)); s.at < end; s.at++ {
		switch c := s.source[s.at]; {
		case c == '\n':
			s.line, s.col = s.line+1, 1
		case c < 0x80 || c >= 0xc0:
			s.col++
		}
	}
}

func (s *scriptScanner) has(prefix string) bool { return strings.HasPrefix(s.source[s.at:], prefix) }

func (s *scriptScanner) step() {
	c := s.source[s.at]
	switch {
	case s.has("//"):
		s.next(length(s.source[s.at:], "\n", 0))
	case s.has("/*"):
		s.next(length(s.source[s.at+2:], "*/", 2) + 2)
	case c == '"' || c == '\'':
		s.quoted(c)
	case c == '`':
		s.template()
	case c == '/' && s.beginsRegexp():
		s.regexp()
	case c == '}' && len(s.braces) > 0 && s.braces[len(s.braces)-1] == 0:
		s.braces = s.braces[:len(s.braces)-1]
		s.templateRest()
	default:
		s.code(c)
	}
}

// length is how far text reaches to the end of the first mark, of which tail bytes belong to it; all of it without one.
func length(text, mark string, tail int) int {
	if i := strings.Index(text, mark); i >= 0 {
		return i + tail
	}
	return len(text)
}

func (s *scriptScanner) code(c byte) {
	if n := len(s.braces); n > 0 && (c == '{' || c == '}') {
		s.braces[n-1] += map[byte]int{'{': 1, '}': -1}[c]
	}
	isWord := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
	if isWord {
		if !isWordByte(s.last) || s.at > 0 && !isWordByte(s.source[s.at-1]) {
			s.word = ""
		}
		s.word += string(c)
	}
	if c > ' ' {
		s.last = c
	}
	s.next(1)
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// beginsRegexp tells whether a slash begins a regular expression: behind a value it divides.
func (s *scriptScanner) beginsRegexp() bool {
	if isWordByte(s.last) {
		switch s.word {
		case "return", "typeof", "case", "in", "of", "do", "else", "void", "delete", "throw", "new", "await", "yield":
			return true
		}
		return false
	}
	return s.last != ')' && s.last != ']' && s.last != '}'
}

func (s *scriptScanner) regexp() {
	class := false
	for s.next(1); s.at < len(s.source); s.next(1) {
		switch c := s.source[s.at]; {
		case c == '\\':
			s.next(1)
		case c == '\n':
			return
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			s.next(1)
			s.last, s.word = ')', ""
			return
		}
	}
}

func (s *scriptScanner) quoted(quote byte) {
	t := scriptText{line: s.line, col: s.col}
	s.next(1)
	begin := s.at
	for s.at < len(s.source) && s.source[s.at] != quote && s.source[s.at] != '\n' {
		if s.source[s.at] == '\\' {
			s.next(1)
		}
		s.next(1)
	}
	t.text = s.source[begin:s.at]
	s.next(1)
	t.continues = strings.HasPrefix(strings.TrimLeft(s.source[s.at:], " \t\r\n"), "+")
	s.found, s.last = append(s.found, t), ')'
}

func (s *scriptScanner) template() {
	t := scriptText{line: s.line, col: s.col}
	s.next(1)
	begin := s.at
	s.untilHole()
	t.text, t.continues = s.source[begin:s.at], s.has("${")
	if !t.continues {
		t.continues = strings.HasPrefix(strings.TrimLeft(strings.TrimPrefix(s.source[s.at:], "`"), " \t\r\n"), "+")
	}
	s.found = append(s.found, t)
	s.enterHole()
}

// templateRest goes on with a template behind one of its holes.
func (s *scriptScanner) templateRest() {
	s.next(1)
	s.untilHole()
	s.enterHole()
}

func (s *scriptScanner) untilHole() {
	for s.at < len(s.source) && s.source[s.at] != '`' && !s.has("${") {
		if s.source[s.at] == '\\' {
			s.next(1)
		}
		s.next(1)
	}
}

func (s *scriptScanner) enterHole() {
	if s.has("${") {
		s.braces = append(s.braces, 0)
		s.next(2)
		s.last = '('
		return
	}
	s.next(1)
	s.last = ')'
}
