package worker

import (
	"fmt"
	"regexp"
	"strconv"
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

func (i *inspector) list(o *goja.Object) string {
	n := o.Get("length").ToInteger()
	if n == 0 {
		return "[]"
	}
	if len(i.open) > inspectDepth+1 {
		return "[Array]"
	}
	items := make([]string, 0, min(n, inspectItems))
	for k := range min(n, inspectItems) {
		items = append(items, i.value(o.Get(strconv.FormatInt(k, 10))))
	}
	if n > inspectItems {
		items = append(items, fmt.Sprintf("... %d more items", n-inspectItems))
	}
	return i.wrap("[", items, "]")
}

// members shows a plain object, an instance with its class name, a Map, a Set or bytes.
func (i *inspector) members(o *goja.Object) string {
	name := className(o)
	if shown, ok := i.collection(o, name); ok {
		return shown
	}
	prefix := ""
	if name != "Object" {
		prefix = name + " "
	}
	keys := o.Keys()
	if len(keys) == 0 {
		return prefix + "{}"
	}
	if len(i.open) > inspectDepth+1 {
		return "[" + name + "]"
	}
	return prefix + i.wrap("{", i.pairs(o, func(string) bool { return true }), "}")
}

// className is the name of the constructor, "Object" for a plain object.
func className(o *goja.Object) string {
	proto := o.Prototype()
	if proto == nil {
		return "[Object: null prototype]"
	}
	if c, ok := proto.Get("constructor").(*goja.Object); ok {
		if name, ok := stringOf(c.Get("name")); ok && name != "" {
			return name
		}
	}
	return "Object"
}

var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

func (i *inspector) pairs(o *goja.Object, include func(string) bool) []string {
	var pairs []string
	for _, key := range o.Keys() {
		if !include(key) {
			continue
		}
		if len(pairs) == 10*inspectItems || i.spent > inspectTotal {
			pairs = append(pairs, "...")
			break
		}
		shown := key
		if !identifier.MatchString(key) {
			shown = quote(key)
		}
		i.spent += len(key)
		pairs = append(pairs, shown+": "+i.value(o.Get(key)))
	}
	return pairs
}

// collection shows what has entries of its own.
func (i *inspector) collection(o *goja.Object, name string) (string, bool) {
	switch o.ExportType() {
	case bufferType:
		b := o.Export().(goja.ArrayBuffer).Bytes()
		return fmt.Sprintf("ArrayBuffer { [Uint8Contents]: <% x>, byteLength: %d }", b[:min(50, len(b))], len(b)), true
	case bytesType:
		return i.bytes(o.Export().([]byte), name), true
	case mapType:
		return i.entries(o, "Map"), true
	case setType: // lists have been shown by now
		return i.entries(o, "Set"), true
	}
	return "", false
}

func (i *inspector) bytes(b []byte, name string) string {
	if name == "Buffer" {
		return strings.TrimSpace(fmt.Sprintf("<Buffer % x", b[:min(50, len(b))])) + ">"
	}
	shown := make([]string, 0, min(len(b), inspectItems))
	for _, n := range b[:min(len(b), inspectItems)] {
		shown = append(shown, strconv.Itoa(int(n)))
	}
	return i.wrap(fmt.Sprintf("%s(%d) [", name, len(b)), shown, "]")
}

func (i *inspector) entries(o *goja.Object, kind string) string {
	var shown []string
	each := func(call goja.FunctionCall) goja.Value {
		if len(shown) >= inspectItems {
			return goja.Undefined()
		}
		text := i.value(call.Argument(0))
		if kind == "Map" {
			text = i.value(call.Argument(1)) + " => " + text
		}
		shown = append(shown, text)
		return goja.Undefined()
	}
	forEach, ok := goja.AssertFunction(o.Get("forEach"))
	if !ok {
		return kind + " {}"
	}
	_, err := forEach(o, i.m.vm.ToValue(each))
	i.m.rethrow(err)
	return i.wrap(fmt.Sprintf("%s(%d) {", kind, len(shown)), shown, "}")
}

// wrap puts items on one line where they fit, else one a line.
func (i *inspector) wrap(open string, items []string, end string) string {
	if len(items) == 0 {
		return open + end
	}
	total := len(open) + len(end)
	broken := false
	for _, item := range items {
		total += len(item) + 2
		broken = broken || strings.Contains(item, "\n")
	}
	i.spent += total
	if total <= inspectWidth && !broken {
		return open + " " + strings.Join(items, ", ") + " " + end
	}
	for k, item := range items {
		items[k] = strings.ReplaceAll(item, "\n", "\n  ")
	}
	return open + "\n  " + strings.Join(items, ",\n  ") + "\n" + end
}
