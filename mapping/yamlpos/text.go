package yamlpos

import (
	"fmt"
	"unicode/utf8"

	"claviger/mapping/finding"
)

// checkText finds what keeps src from being read at all: its size, its encoding, or a character that YAML does not allow.
func checkText(file string, src []byte) *finding.Finding {
	if len(src) > MaxBytes {
		f := finding.Errorf(finding.Pos{File: file, Line: 1, Col: 1}, "the file has %d bytes, more than %d KiB", len(src), MaxBytes>>10)
		return &f
	}
	offset, problem := firstBadCharacter(src)
	if problem == "" {
		return nil
	}
	f := finding.Errorf(position(file, src, offset), "%s", problem)
	return &f
}

// firstBadCharacter follows YAML 1.2.2, section 5.1: printable characters, tab and line breaks.
func firstBadCharacter(src []byte) (offset int, problem string) {
	for i := 0; i < len(src); {
		if c := src[i]; c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
				return i, fmt.Sprintf("control character U+%04X is not allowed", c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return i, fmt.Sprintf("byte 0x%02X is not UTF-8", src[i])
		case r < 0xa0 && r != 0x85, r == 0xfeff && i > 0, r == 0xfffe, r == 0xffff:
			return i, fmt.Sprintf("character U+%04X is not allowed", r)
		}
		i += size
	}
	return 0, ""
}

// position is the place of the character at offset.
func position(file string, src []byte, offset int) finding.Pos {
	line, start := 1, 0
	for i := 0; i < offset; i++ {
		if src[i] == '\n' || src[i] == '\r' && src[i+1] != '\n' {
			line, start = line+1, i+1
		}
	}
	return finding.Pos{File: file, Line: line, Col: utf8.RuneCount(src[start:offset]) + 1}
}
