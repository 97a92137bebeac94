package worker

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/dop251/goja"
)

// Limits of what console shows of one value, those of Node where it has them.
const (
	inspectDepth = 2
	inspectItems = 100
	inspectWidth = 72
	inspectTotal = 256 << 10
)

// inspector writes one value for people to read, much as Node's util.inspect does.
type inspector struct {
	m     *machine
	open  []*goja.Object
	spent int // bytes written so far, roughly
}

// inspect is v as console shows it. Getters that throw show as such.
func (m *machine) inspect(v goja.Value) string {
	i := &inspector{m: m}
	text := ""
	if err := m.try(func() { text = i.value(v) }); err != nil {
		if isUncatchable(err) {
			panic(err)
		}
		return "[cannot be shown: " + errorText(err) + "]"
	}
	return text
}

func (i *inspector) value(v goja.Value) string {
	if i.spent > inspectTotal {
		return "…"
	}
	o, ok := v.(*goja.Object)
	if !ok {
		return i.primitive(v)
	}
	for _, outer := range i.open {
		if outer == o {
			return "[Circular *1]"
		}
	}
	i.open = append(i.open, o)
	defer func() { i.open = i.open[:len(i.open)-1] }()
	return i.object(o)
}

func (i *inspector) primitive(v goja.Value) string {
	switch t := v.(type) {
	case nil:
		return "undefined"
	case *goja.Symbol:
		return "Symbol(" + t.String() + ")"
	case goja.String:
		text := t.String()
		if len(text) > inspectTotal {
			text = text[:inspectTotal] + "…"
		}
		i.spent += len(text)
		return quote(text)
	}
	if v.ExportType() == bigIntType {
		return v.String() + "n"
	}
	return v.String()
}

// quote is a text in the quotes that Node would take: single ones where it can.
func quote(text string) string {
	mark := "'"
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		mark = `"`
	} else if strings.Contains(text, "'") && !strings.Contains(text, "`") && !strings.Contains(text, "${") {
		mark = "`"
	}
	return mark + strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`, mark, `\`+mark).Replace(text) + mark
}

func (i *inspector) object(o *goja.Object) string {
	switch o.ClassName() {
	case "Function":
		return i.function(o)
	case "Date":
		if text, ok := stringOf(i.call(o, "toJSON")); ok {
			return text
		}
		return "Invalid Date"
	case "RegExp":
		return o.String()
	case "Error":
		return i.errorText(o)
	case "Number", "Boolean":
		return "[" + o.ClassName() + ": " + fmt.Sprint(o.Export()) + "]"
	case "String":
		return "[String: " + quote(o.String()) + "]"
	case "Array":
		return i.list(o)
	}
	if o.ExportType() == promiseType {
		return i.promise(o.Export().(*goja.Promise))
	}
	return i.members(o)
}

func (i *inspector) call(o *goja.Object, method string) goja.Value {
	fn, ok := goja.AssertFunction(o.Get(method))
	if !ok {
		return goja.Undefined()
	}
	v, err := fn(o)
	i.m.rethrow(err)
	return v
}

func (i *inspector) function(o *goja.Object) string {
	kind := "Function"
	if strings.HasPrefix(o.String(), "class") {
		kind = "class"
	}
	if name, ok := stringOf(o.Get("name")); ok && name != "" {
		if kind == "class" {
			return "[class " + name + "]"
		}
		return "[Function: " + name + "]"
	}
	if kind == "class" {
		return "[class (anonymous)]"
	}
	return "[Function (anonymous)]"
}

var programCounter = regexp.MustCompile(`(?m)(\d+:\d+)\(\d+\)`)

// errorText is the stack, as Node shows an error, with its own further members.
func (i *inspector) errorText(o *goja.Object) string {
	stack, ok := stringOf(o.Get("stack"))
	if !ok {
		stack = o.String()
	}
	stack = strings.TrimRight(programCounter.ReplaceAllString(strings.ReplaceAll(stack, "\tat ", "    at "), "$1"), "\n")
	members := i.pairs(o, func(key string) bool { return key != "stack" && key != "message" })
	if len(members) == 0 {
		return stack
	}
	return stack + " " + i.wrap("{", members, "}")
}

func (i *inspector) promise(p *goja.Promise) string {
	switch p.State() {
	case goja.PromiseStatePending:
		return "Promise { <pending> }"
	case goja.PromiseStateRejected:
		return "Promise { <rejected> " + i.value(p.Result()) + " }"
	}
	return "Promise { " + i.value(p.Result()) + " }"
}
