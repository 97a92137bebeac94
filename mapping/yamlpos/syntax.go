package yamlpos

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
)

// syntaxError is an error that is being located.
type syntaxError struct {
	src     []byte
	problem string // without its line
	begins  int    // the line where the broken construct begins
}

// ofGrammar tells whether the error is one of the library's parser, which stands at a whole token, not of its scanner.
func (s *syntaxError) ofGrammar() bool {
	for _, p := range []string{"<document start>", "node content", "'-' indicator", "expected key", "',' or", "tag handle", "found duplicate", "incompatible"} {
		if strings.Contains(s.problem, p) {
			return true
		}
	}
	return false
}

// beginning is the line where the broken construct begins, counted from 1.
func (s *syntaxError) beginning() int {
	_, _, err := decode(bytes.NewReader(append([]byte("#\n"), s.src...)))
	if err == nil {
		return 1
	}
	m := withLine.FindStringSubmatch(strings.TrimPrefix(err.Error(), "yaml: "))
	if m == nil {
		return 1
	}
	line, _ := strconv.Atoi(m[1])
	if !s.ofGrammar() {
		line--
	}
	return max(line, 1)
}

// offset is where to send the author.
func (s *syntaxError) offset() int {
	came := s.came()
	switch {
	case strings.Contains(s.problem, "tab character"):
		return s.tabAt(s.lineStart(s.lineOf(came)))
	case strings.Contains(s.problem, "',' or"):
		return s.offsetInFlow(came)
	case s.ofGrammar():
		return s.tokenAt(s.shortest(came))
	}
	at := s.shortest(came)
	if s.lineOf(at) == s.begins {
		return s.tokenAt(at)
	}
	line := s.lineStart(s.begins)
	if strings.Contains(s.problem, "quoted") || strings.Contains(s.problem, "stream") || strings.Contains(s.problem, "document indicator") {
		return line + lastQuote(s.line(line))
	}
	return line + indent(s.line(line))
}

// tabAt is the first tab in an indentation from a line on; the reading may have ended in the line before.
func (s *syntaxError) tabAt(line int) int {
	for at := line; at < len(s.src); at += len(s.line(at)) + 1 {
		if i := bytes.IndexByte(s.src[at:at+indent(s.line(at))], '\t'); i >= 0 {
			return at + i
		}
	}
	return line + max(bytes.IndexByte(s.line(line), '\t'), 0)
}

// offsetInFlow tells a bracket that was never closed from a slip between brackets by the indentation of the line at which
// the library gave up.
func (s *syntaxError) offsetInFlow(came int) int {
	opened := s.lineStart(s.begins)
	gaveUp := s.lineStart(s.lineOf(came))
	if gaveUp > opened && indent(s.line(gaveUp)) <= indent(s.line(opened)) {
		return opened + max(bytes.LastIndexAny(s.line(opened), "[{"), 0)
	}
	return s.tokenAt(s.afterLongest(came, opened))
}

// afterLongest steps back from what was looked at ahead, to what follows the longest text that is fine once its brackets are
// closed.
func (s *syntaxError) afterLongest(came, opened int) int {
	for at, steps := came, s.steps(came); at > opened && steps > 0; at, steps = at-1, steps-1 {
		text := slices.Concat(s.src[:at], []byte(" "), closing(s.src[opened:at]))
		if _, _, err := decode(bytes.NewReader(text)); err == nil {
			return at + indent(s.src[at:])
		}
	}
	return came
}

// closing is the brackets that close those open in text, where quotes pair up.
func closing(text []byte) []byte {
	var open []byte
	quote := byte(0)
	for _, c := range text {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			open = append(open, ']')
		case c == '{':
			open = append(open, '}')
		case (c == ']' || c == '}') && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	slices.Reverse(open)
	return open
}

// steps is how often the text up to an offset may be read again.
func (s *syntaxError) steps(offset int) int { return min(200, 4+(1<<20)/(offset+1)) }

// came is the offset of the last character that was looked at, blanks left out.
func (s *syntaxError) came() int {
	r := &counter{src: s.src}
	_, _, err := decode(r)
	if err == nil {
		return 0
	}
	return max(len(bytes.TrimRight(s.src[:r.read], " \t\r\n"))-1, 0)
}

// shortest steps back from what was looked at ahead: to the end of the shortest text with the same error. Where a key was
// expected, the text may in between end inside of the next key, which is another error.
func (s *syntaxError) shortest(came int) int {
	steps, gap := s.steps(came), 0
	if strings.Contains(s.problem, "expected key") {
		gap = 40
	}
	found, at := came, came
	for ; at > 0 && steps > 0 && found-at <= gap; at, steps = at-1, steps-1 {
		_, _, err := decode(bytes.NewReader(s.src[:at]))
		if err != nil && strings.HasSuffix(err.Error(), s.problem) {
			found = at - 1
		}
	}
	if steps == 0 && gap == 0 {
		return came
	}
	return found
}

// tokenAt is the beginning of the word that ends at an offset.
func (s *syntaxError) tokenAt(at int) int {
	for at > 0 && strings.IndexByte(" \t\r\n,[]{}", s.src[at]) < 0 && strings.IndexByte(" \t\r\n,[]{}", s.src[at-1]) < 0 {
		at--
	}
	return at
}

func (s *syntaxError) lineOf(offset int) int { return position("", s.src, offset).Line }

func (s *syntaxError) lineStart(line int) int {
	start := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(s.src[start:], '\n')
		if i < 0 {
			break
		}
		start += i + 1
	}
	return start
}

// line is the line that begins at an offset.
func (s *syntaxError) line(start int) []byte {
	text, _, _ := bytes.Cut(s.src[start:], []byte("\n"))
	return text
}

// indent is the length of the blanks that a text begins with.
func indent(text []byte) int { return len(text) - len(bytes.TrimLeft(text, " \t")) }

// lastQuote is where the last quote of a line stands that can open a text.
func lastQuote(line []byte) int {
	for i := len(line) - 1; i > 0; i-- {
		if (line[i] == '"' || line[i] == '\'') && strings.IndexByte(" \t,[{:-", line[i-1]) >= 0 {
			return i
		}
	}
	return indent(line)
}

// counter hands out its bytes one by one, so that what the library has taken tells where it stands.
type counter struct {
	src  []byte
	read int
}

func (r *counter) Read(p []byte) (int, error) {
	if r.read == len(r.src) {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	p[0] = r.src[r.read]
	r.read++
	return 1, nil
}
