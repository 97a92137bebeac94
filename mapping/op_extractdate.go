package mapping

import (
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"

	"claviger/mapping/value"
)

var opExtractDate = operator{
	Doc: Doc{
		Name:       "$extractDate",
		Summary:    "The date, in UTC, of a text that is a time as RFC 3339, ISO 8601 or RFC 2822 writes it; without a zone it is UTC. Anything else gives undefined.",
		Takes:      "text",
		Parameters: []Parameter{{Text: "the text"}},
		Examples: []Example{
			{`$extractDate: {$var: created}`, `{"created": "2024-01-15T23:30:00-02:00"}`, `"2024-01-16"`},
			{`$extractDate: Mon, 15 Jan 2024 10:30:00 +0200`, ``, `"2024-01-15"`},
			{`$extractDate: yesterday`, ``, `undefined`},
		},
	},
	compile: func(c *compiler, call call) expr {
		return &extraction{c.text(call, call.arg, call.argument()), time.DateOnly}
	},
}

// extraction prints a part of a time.
type extraction struct {
	value  expr
	layout string
}

func (e *extraction) eval(r *run) any {
	text, _ := e.value.eval(r).(string)
	t, ok := parseTime(strings.TrimSpace(text))
	if !ok {
		return value.Undefined
	}
	return r.made(t.UTC().Format(e.layout))
}

func (e *extraction) each(visit func(expr)) { visit(e.value) }

func parseTime(text string) (time.Time, bool) {
	if m := isoTime.FindStringSubmatch(text); m != nil {
		return isoDate(m)
	}
	for name, offset := range obsoleteZones {
		if cut, ok := strings.CutSuffix(text, " "+name); ok {
			text = cut + " " + offset
			break
		}
	}
	t, err := mail.ParseDate(text)
	return t, err == nil
}

// obsoleteZones is RFC 2822 section 4.3; mail.ParseDate takes them for UTC.
var obsoleteZones = map[string]string{
	"EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}

// isoTime is ISO 8601's calendar dates and times, extended or basic, of which RFC 3339 is a part.
var isoTime = regexp.MustCompile(`^(\d{4})(?:-(\d\d)(?:-(\d\d))?|(\d\d)(\d\d))?` +
	`(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,]\d+)?)?|(\d\d)(?:(\d\d)(?:[.,]\d+)?)?)? ?(?:[Zz]|([+-]\d\d)(?::?(\d\d))?)?)?$`)

// isoDate makes a time of what isoTime has matched; false where a number is out of its range.
func isoDate(m []string) (time.Time, bool) {
	number := func(otherwise int, texts ...string) int {
		for _, text := range texts {
			if text != "" {
				n, _ := strconv.Atoi(text)
				return n
			}
		}
		return otherwise
	}
	year, month, day := number(0, m[1]), number(1, m[2], m[4]), number(1, m[3], m[5])
	hour, minute, second := number(0, m[6]), number(0, m[7], m[9]), number(0, m[8], m[10])
	offset := number(0, m[11])*60 + number(0, m[12])
	if strings.HasPrefix(m[11], "-") {
		offset = number(0, m[11])*60 - number(0, m[12])
	}
	midnight := hour == 24 && minute == 0 && second == 0
	// 60 is a leap second
	if hour > 23 && !midnight || minute > 59 || second > 60 || offset <= -24*60 || offset >= 24*60 || number(0, m[12]) > 59 {
		return time.Time{}, false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day || date.Month() != time.Month(month) {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute-offset, second, 0, time.UTC), true
}
