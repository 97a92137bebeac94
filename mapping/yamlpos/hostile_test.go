package yamlpos_test

import (
	"strings"
	"testing"
	"time"

	"claviger/mapping/yamlpos"
)

// TestHostileFilesAreReadInTime gives Parse files of the allowed size that cost a careless reader dearly.
func TestHostileFilesAreReadInTime(t *testing.T) {
	fill := func(piece string) string { return strings.Repeat(piece, yamlpos.MaxBytes/len(piece)) }
	long := func(front, piece, end string) string {
		return front + strings.Repeat(piece, (yamlpos.MaxBytes-len(front)-len(end))/len(piece)) + end
	}
	for name, src := range map[string]string{
		"brackets":            fill("["),
		"braces":              fill("{a: "),
		"closed brackets":     strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000),
		"dashes":              fill("- "),
		"question marks":      fill("? "),
		"colons":              fill(": "),
		"anchors":             fill("&a "),
		"tags":                fill("! "),
		"exclamation marks":   fill("!"),
		"quotes":              fill(`"`),
		"one quote":           long(`"`, "x\n", ""),
		"escapes":             long(`"`, `\x41`, ``),
		"comments":            fill("#\n"),
		"comments in a map":   fill("a:\n# c\n"),
		"comments in a list":  fill("- a # b\n\n# c\n"),
		"indented comments":   long("a:\n", "   # c\n  # d\n", "  b: 1\n"),
		"keys":                fill("a: 1\n"),
		"keys without values": fill("a\n"),
		"deepening keys":      deepening(),
		"flow pairs":          long("[", "a: 1,", "]"),
		"commas":              long("[", "a,", "a]"),
		"empty flow entries":  fill("[,"),
		"documents":           fill("---\n"),
		"document ends":       fill("...\n"),
		"directives":          fill("%A b\n"),
		"tabs":                fill("\t"),
		"line ends":           fill("\r"),
		"block scalar":        long("|\n", " \n", ""),
		"folded scalar":       long(">\n", " a\n\n", ""),
		"plain scalar":        fill("a "),
		"digits":              fill("7"),
		"merges":              fill("<<: {a: 1}\n"),
		"aliases":             "a: &a x\nb: [" + strings.Repeat("*a,", 80_000) + "]",
		"aliased keys":        "a: &a " + strings.Repeat("x", 120_000) + "\nb:\n" + strings.Repeat("- *a : 1\n", 15_000),
		"unclosed at the end": long("", "a: [1, 2]\n", `b: "x`),
		"bad indentation":     long("", "a: [1, 2]\n", " b: 1"),
	} {
		if len(src) > yamlpos.MaxBytes {
			t.Fatalf("%s: %d bytes", name, len(src))
		}
		start := time.Now()
		n, findings := yamlpos.Parse("f", []byte(src))
		if n == nil && findings == nil {
			t.Errorf("%s: neither a tree nor a finding", name)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		} else {
			t.Logf("%s: %v %.100v", name, took, findings)
		}
	}
}

// deepening is a map of maps, each one space further in.
func deepening() string {
	var b strings.Builder
	for i := 0; b.Len() < yamlpos.MaxBytes-2000; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
