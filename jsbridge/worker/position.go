package worker

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"

	"claviger/jsbridge/wire"
)

// place is a position in the author's file, from a line and a column that counts bytes from 1.
func (b *bundle) place(name string, line, col int) wire.Place {
	return b.placeBy(name, line, col, func(text string, col int) int { return utf8.RuneCountInString(text[:min(col, len(text))]) })
}

// placeIn is a position that goja gave. Of a lowered file its column is that of a source map: it counts UTF-16 units.
func (b *bundle) placeIn(u *unit, name string, p file.Position) wire.Place {
	if u.lowered {
		return b.placeBy(name, p.Line, p.Column+1, runesBefore)
	}
	return b.place(name, p.Line, p.Column)
}

// placeBy turns a column from 1 into one that counts characters; runes tells how many begin in the first n units of a line.
func (b *bundle) placeBy(name string, line, col int, runes func(text string, n int) int) wire.Place {
	if line < 1 {
		return wire.Place{File: name}
	}
	col = runes(b.lineText(name, line), max(col-1, 0)) + 1
	if b.line > 0 && name == b.entry && line > b.line {
		col += b.col - 1
	}
	return wire.Place{File: name, Line: line, Col: col}
}

// runesBefore counts the characters in the first n UTF-16 units of text.
func runesBefore(text string, n int) int {
	count := 0
	for _, r := range text {
		if n <= 0 {
			break
		}
		n -= utf16.RuneLen(r)
		count++
	}
	return count
}

func (b *bundle) lineText(name string, line int) string {
	text := b.files[name]
	for range line - 1 {
		_, rest, found := strings.Cut(text, "\n")
		if !found {
			return ""
		}
		text = rest
	}
	text, _, _ = strings.Cut(text, "\n")
	return text
}

// placeOf is the innermost of the frames that is in the author's source.
func (b *bundle) placeOf(frames []goja.StackFrame) wire.Place {
	for i := range frames {
		at := frames[i].Position()
		if name, u := b.unitNamed(at.Filename); u != nil {
			return b.placeIn(u, name, at)
		}
	}
	return wire.Place{}
}

// unitNamed is the unit of a file whose name a source map may have escaped; nil where the name is none of the author's.
func (b *bundle) unitNamed(name string) (string, *unit) {
	if u := b.units[name]; u != nil {
		return name, u
	}
	plain, err := url.PathUnescape(name)
	if err != nil {
		return name, nil
	}
	return plain, b.units[plain]
}

// frameLine is how goja writes one frame in the stack of an Error.
var frameLine = regexp.MustCompile(`(?m)^\tat (?:.* \()?(.+):(\d+):(\d+)\(\d+\)\)?$`)

// placeInStack is the innermost place in the author's source that the text of an Error's stack names. An author can
// write anything into that text.
func (b *bundle) placeInStack(stack string) wire.Place {
	for _, match := range frameLine.FindAllStringSubmatch(stack[:min(len(stack), 16<<10)], -1) {
		name, u := b.unitNamed(match[1])
		line, _ := strconv.Atoi(match[2])
		col, _ := strconv.Atoi(match[3])
		if u != nil && line > 0 && line < 1<<24 && col >= 0 && col < 1<<24 {
			return b.placeIn(u, name, file.Position{Line: line, Column: col})
		}
	}
	return wire.Place{}
}

// placeOfOffset is the position of a byte of a file.
func (b *bundle) placeOfOffset(name string, offset int) wire.Place {
	before := b.files[name][:max(min(offset, len(b.files[name])), 0)]
	line := strings.Count(before, "\n") + 1
	return b.place(name, line, offset-strings.LastIndexByte(before, '\n'))
}
