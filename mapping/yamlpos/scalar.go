package yamlpos

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// scalar reads a scalar by YAML 1.2's core schema (YAML 1.2.2, section 10.3) or by its explicit tag.
func (c *converter) scalar(out *Node, n *yaml.Node) {
	tagged := n.Style&yaml.TaggedStyle != 0
	if n.Style&quoted != 0 && !tagged || tagged && n.Tag == "!!str" {
		out.Kind, out.Text = String, c.keep(n.Value)
		return
	}
	kind, text, problem := resolve(n.Value)
	if problem != "" {
		c.add(finding.Errorf(out.Pos, "%s", problem).Suggest("put it in quotes if it is meant as text"))
		return
	}
	if kind == String {
		text = c.keep(text)
	}
	out.Kind, out.Text = kind, text
	if !tagged {
		return
	}
	switch wanted, known := tagKinds[n.Tag]; {
	case !known:
		c.add(unknownTag(out.Pos, n.Tag))
	case wanted != kind:
		c.add(finding.Errorf(out.Pos, "tag %s on a value that is none: %q", n.Tag, n.Value))
	}
}

var tagKinds = map[string]Kind{"!!null": Null, "!!bool": Bool, "!!int": Number, "!!float": Number}

// resolve tells what an unquoted scalar is. problem is what is wrong with a number that has no place in JSON.
func resolve(s string) (kind Kind, text, problem string) {
	if s == "" {
		return Null, "null", ""
	}
	switch s[0] {
	case '~', 'n', 'N', 't', 'T', 'f', 'F':
		return resolveWord(s)
	case '+', '-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return resolveNumber(s)
	}
	return String, s, ""
}

func resolveWord(s string) (Kind, string, string) {
	switch s {
	case "~", "null", "Null", "NULL":
		return Null, "null", ""
	case "true", "True", "TRUE":
		return Bool, "true", ""
	case "false", "False", "FALSE":
		return Bool, "false", ""
	}
	return String, s, ""
}

func resolveNumber(s string) (Kind, string, string) {
	sign, digits := "", s
	if s[0] == '-' || s[0] == '+' {
		sign, digits = strings.TrimPrefix(s[:1], "+"), s[1:]
	}
	switch digits {
	case ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN":
		return Null, "null", s + " is not a number that JSON can hold"
	}
	switch {
	case digits != "" && strings.Trim(digits, "0123456789") == "":
		return Number, string(value.Number(sign + trimZeros(digits))), ""
	case len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'o'):
		return resolveBased(s)
	case !isFloat(digits):
		return String, s, ""
	}
	f, _ := strconv.ParseFloat(s, 64) // out of range is infinite
	if math.IsInf(f, 0) {
		return Null, "null", s + " is too large for a number"
	}
	return Number, string(value.Float(f)), ""
}

func trimZeros(digits string) string {
	if trimmed := strings.TrimLeft(digits, "0"); trimmed != "" {
		return trimmed
	}
	return "0"
}

// resolveBased reads 0x1F and 0o17.
func resolveBased(s string) (Kind, string, string) {
	allowed := "0123456789abcdefABCDEF"
	if s[1] == 'o' {
		allowed = "01234567"
	}
	n, ok := new(big.Int).SetString(s, 0)
	if !ok || strings.Trim(s[2:], allowed) != "" {
		return String, s, ""
	}
	return Number, n.String(), ""
}

// isFloat matches (\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
func isFloat(s string) bool {
	const decimal = "0123456789"
	whole := strings.TrimLeft(s, decimal)
	hasWhole := len(whole) < len(s)
	rest := whole
	if strings.HasPrefix(whole, ".") {
		rest = strings.TrimLeft(whole[1:], decimal)
		if !hasWhole && len(rest) == len(whole)-1 {
			return false
		}
	} else if !hasWhole {
		return false
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	exponent := rest[1:]
	if exponent != "" && (exponent[0] == '-' || exponent[0] == '+') {
		exponent = exponent[1:]
	}
	return exponent != "" && strings.Trim(exponent, decimal) == ""
}
