package worker

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

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
	if shown := i.shownOf(o); shown != nil {
		o = shown
	}
	if len(o.Keys()) == 0 {
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
		b, _ := i.m.memory(o) // none where it has been detached
		return i.bytes(b, name), true
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
