package connectors

import (
	"strings"
	"unicode/utf8"
)

// scriptText is a string of JavaScript source: a quoted one, or the part of a template before its first ${.
type scriptText struct {
	text      string
	computed  string // the source of what follows, from its beginning; empty where nothing does
	line, col int    // of the opening quote
}

// scriptTexts finds the strings of a source that hold "://". It is a scanner and no parser: where it loses its way, over a
// regular expression that looks like a division, it misses a string or takes a comment for one, and a host is listed too
// few or too many.
func scriptTexts(source string) []scriptText {
	if !strings.Contains(source, "://") {
		return nil
	}
	s := &scriptScanner{source: source}
	for s.at < len(s.source) {
		s.step()
	}
	return s.found
}

type scriptScanner struct {
	source string
	at     int
	last   byte   // the last character of code that is no space; ')' behind a value
	word   string // that last ends
	found  []scriptText
	braces []int // open braces within each template that is open around the place
}

func (s *scriptScanner) has(prefix string) bool { return strings.HasPrefix(s.source[s.at:], prefix) }

// turns are the characters that can change what the text is.
var turns = [256]bool{'/': true, '"': true, '\'': true, '`': true, '{': true, '}': true}

// step goes to the next character of turns, and over what begins there.
func (s *scriptScanner) step() {
	end := s.at
	for end < len(s.source) && !turns[s.source[end]] {
		end++
	}
	s.code(s.source[s.at:end])
	if s.at = end; end == len(s.source) {
		return
	}
	switch c := s.source[s.at]; c {
	case '/':
		s.slash()
	case '`':
		s.template()
	case '{', '}':
		s.brace(c)
	default:
		s.quoted(c)
	}
}

// code notes how a stretch of code ends.
func (s *scriptScanner) code(text string) {
	if text = strings.TrimRight(text, " \t\r\n"); text == "" {
		return
	}
	s.last = text[len(text)-1]
	word := len(text)
	for word > 0 && isWordByte(text[word-1]) {
		word--
	}
	s.word = text[word:]
}

// slash is a comment, a regular expression or a division.
func (s *scriptScanner) slash() {
	switch {
	case s.has("//"):
		s.skipBehind("\n")
	case s.has("/*"):
		s.at += 2
		s.skipBehind("*/")
	case s.beginsRegexp():
		s.regexp()
	default:
		s.last = '/'
		s.at++
	}
}

func (s *scriptScanner) skipBehind(mark string) {
	i := strings.Index(s.source[s.at:], mark)
	if i < 0 {
		s.at = len(s.source)
		return
	}
	s.at += i + len(mark)
}

func (s *scriptScanner) brace(c byte) {
	n := len(s.braces)
	if c == '}' && n > 0 && s.braces[n-1] == 0 {
		s.braces = s.braces[:n-1]
		s.at++
		s.untilHole()
		s.enterHole()
		return
	}
	if n > 0 && c == '{' {
		s.braces[n-1]++
	} else if n > 0 {
		s.braces[n-1]--
	}
	s.last = c
	s.at++
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// beginsRegexp tells whether a slash begins a regular expression: behind a value it divides.
func (s *scriptScanner) beginsRegexp() bool {
	if !isWordByte(s.last) {
		return s.last != ')' && s.last != ']' && s.last != '}'
	}
	switch s.word {
	case "return", "typeof", "case", "in", "of", "do", "else", "void", "delete", "throw", "new", "await", "yield":
		return true
	}
	return false
}

func (s *scriptScanner) regexp() {
	class := false
	for s.at++; s.at < len(s.source); s.at++ {
		switch c := s.source[s.at]; {
		case c == '\\':
			s.at++
		case c == '\n':
			return
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			s.at++
			s.last = ')'
			return
		}
	}
}

func (s *scriptScanner) quoted(quote byte) {
	opening := s.at
	for s.at++; s.at < len(s.source) && s.source[s.at] != quote && s.source[s.at] != '\n'; s.at++ {
		if s.source[s.at] == '\\' {
			s.at++
		}
	}
	s.end(opening)
}

func (s *scriptScanner) template() {
	opening := s.at
	s.at++
	s.untilHole()
	if !s.has("${") {
		s.end(opening)
		return
	}
	s.keep(opening, s.source[s.at+2:])
	s.enterHole()
}

// end closes a string that goes on with nothing, or with +.
func (s *scriptScanner) end(opening int) {
	s.at = min(s.at, len(s.source))
	closed := min(s.at+1, len(s.source))
	rest, joined := strings.CutPrefix(strings.TrimLeft(s.source[closed:], " \t\r\n"), "+")
	if !joined {
		rest = ""
	}
	s.keep(opening, rest)
	s.at, s.last = closed, ')'
}

func (s *scriptScanner) keep(opening int, computed string) {
	text := s.source[opening+1 : s.at]
	if !strings.Contains(text, "://") {
		return
	}
	before := s.source[:opening]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	s.found = append(s.found, scriptText{
		text: text, computed: strings.TrimLeft(computed, " \t\r\n"), line: strings.Count(before, "\n") + 1, col: utf8.RuneCountInString(line) + 1,
	})
}

func (s *scriptScanner) untilHole() {
	for ; s.at < len(s.source) && s.source[s.at] != '`' && !s.has("${"); s.at++ {
		if s.source[s.at] == '\\' {
			s.at++
		}
	}
	s.at = min(s.at, len(s.source))
}

// enterHole goes on behind ${ as code, or behind the end of the template.
func (s *scriptScanner) enterHole() {
	if s.has("${") {
		s.braces = append(s.braces, 0)
		s.at += 2
		s.last = '('
		return
	}
	s.at = min(s.at+1, len(s.source))
	s.last = ')'
}
