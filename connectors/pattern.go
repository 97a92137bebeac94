package connectors

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"unicode"
)

// hostBreakers are characters by which a value in a host would end it or begin another (format.md section 2), with the
// characters that international host names and lenient parsers read as one of them.
var hostBreakers = []struct {
	r    rune
	name string
}{
	{'/', "/"}, {'\\', `\`}, {'@', "@"}, {':', ":"}, {'?', "?"}, {'#', "#"}, {'%', "%"},
	{0xff0f, "a full-width /"}, {0xff3c, `a full-width \`}, {0xff20, "a full-width @"}, {0xff1a, "a full-width :"},
	{0xff1f, "a full-width ?"}, {0xff03, "a full-width #"}, {0xff05, "a full-width %"},
	{'\n', "a line break"}, {'\r', "a line break"}, {'\t', "a tab"}, {' ', "a space"}, {0, "a NUL character"},
}

// dots are the characters that international host names read as a dot.
var dots = []rune{'.', 0x3002, 0xff0e, 0xff61, 0x2024, 0x2025, 0x2026}

// hostPatternProblem tells why a pattern does not keep a value inside a part of a host, empty if it does. The pattern is
// judged by its syntax tree: by which characters it can match at all, and by whether it must match the whole value.
func hostPatternProblem(expression string, dotAllowed bool) string {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return "" // reported where the schema is judged
	}
	if !isAnchored(tree) {
		return "the pattern is not anchored: write it between ^ and $"
	}
	for _, b := range hostBreakers {
		if canMatch(tree, b.r) {
			return fmt.Sprintf("the pattern %s can match %s", expression, b.name)
		}
	}
	for _, dot := range dots {
		if !dotAllowed && canMatch(tree, dot) {
			return fmt.Sprintf("the pattern %s can match a dot, and the whole host does not lie under allowedHosts", expression)
		}
	}
	return ""
}

// isAnchored tells whether every match is of the whole text.
func isAnchored(tree *syntax.Regexp) bool { return edge(tree, true) && edge(tree, false) }

// edge tells whether every match begins at the text's beginning, or ends at its end.
func edge(t *syntax.Regexp, front bool) bool {
	switch t.Op {
	case syntax.OpBeginText:
		return front
	case syntax.OpEndText:
		return !front
	case syntax.OpCapture:
		return edge(t.Sub[0], front)
	case syntax.OpConcat:
		if front {
			return edge(t.Sub[0], true)
		}
		return edge(t.Sub[len(t.Sub)-1], false)
	case syntax.OpAlternate:
		for _, s := range t.Sub {
			if !edge(s, front) {
				return false
			}
		}
		return true
	case syntax.OpNoMatch:
		return true
	}
	return false
}

// patternTail is the text that every match of an anchored expression ends with, as far as it is written out.
func patternTail(expression string) string {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil || tree.Op != syntax.OpConcat || !isAnchored(tree) {
		return ""
	}
	tail := ""
	for _, sub := range slices.Backward(tree.Sub[:len(tree.Sub)-1]) {
		if sub.Op != syntax.OpLiteral {
			break
		}
		tail = string(sub.Rune) + tail
	}
	return tail
}

// canMatch tells whether a character can be part of a match. It may say yes where the whole expression says no.
func canMatch(t *syntax.Regexp, r rune) bool {
	switch t.Op {
	case syntax.OpLiteral:
		for _, l := range t.Rune {
			if l == r || t.Flags&syntax.FoldCase != 0 && foldsTo(l, r) {
				return true
			}
		}
		return false
	case syntax.OpCharClass:
		for i := 0; i+1 < len(t.Rune); i += 2 {
			if t.Rune[i] <= r && r <= t.Rune[i+1] {
				return true
			}
		}
		return false
	case syntax.OpAnyChar:
		return true
	case syntax.OpAnyCharNotNL:
		return r != '\n'
	case syntax.OpRepeat:
		if t.Max == 0 {
			return false
		}
	}
	for _, s := range t.Sub {
		if canMatch(s, r) {
			return true
		}
	}
	return false
}

func foldsTo(a, b rune) bool {
	for f := unicode.SimpleFold(a); f != a; f = unicode.SimpleFold(f) {
		if f == b {
			return true
		}
	}
	return false
}
