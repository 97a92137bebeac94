package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/secret"
)

// text is what gets sealed as one field: a JSON object whose members are left out where they have their zero value. Here,
// and nowhere else, a stored secret is plain. It is read and written as a value, in one pass: reflection over a struct
// that holds objects would scan each of them three times.
type text struct {
	members *value.Object
	err     error // the first
}

// seal is v, as put writes it, sealed as a field of the record id. A nil v is a nil result, which a column holds as NULL.
func seal[T any](c Codec, id, field string, v *T, put func(*text, *T)) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	t := &text{members: value.NewObject(8)}
	put(t, v)
	plain, err := value.Encode(t.members)
	if err = errors.Join(t.err, err); err != nil {
		return nil, fmt.Errorf("encode %s of %s: %w", field, id, err)
	}
	return c.keys.Seal(id, field, plain)
}

// unseal reads what seal made.
func unseal[T any](c Codec, id, field string, sealed []byte, read func(*text) *T) (*T, error) {
	if sealed == nil {
		return nil, nil
	}
	plain, err := c.keys.Open(id, field, sealed)
	if err != nil {
		return nil, unopened{err}
	}
	t := &text{}
	if t.members, err = value.DecodeObject(plain); err != nil {
		return nil, fmt.Errorf("decode %s of %s: %w", field, id, err)
	}
	v := read(t)
	if t.err != nil {
		return nil, fmt.Errorf("decode %s of %s: %w", field, id, t.err)
	}
	return v, nil
}

// unopened is a runtime.ErrUnopened that says why.
type unopened struct{ error }

// Is tells that it is runtime.ErrUnopened.
func (u unopened) Is(target error) bool { return target == runtime.ErrUnopened }

// Unwrap is the ring's error.
func (u unopened) Unwrap() error { return u.error }

// putWhole and readWhole are for a field that is an object itself.
func putWhole(t *text, o *value.Object) { t.members = o }

func readWhole(t *text) *value.Object { return t.members }

func (t *text) putSecret(name string, s secret.Text) {
	if !utf8.ValidString(s.Reveal()) && t.err == nil {
		t.err = fmt.Errorf("%s is not UTF-8 and would not come back as it is", name)
	}
	t.putString(name, s.Reveal())
}

func (t *text) putString(name, s string) {
	if s != "" {
		t.members.Set(name, s)
	}
}

func (t *text) putTime(name string, at time.Time) {
	if !at.IsZero() {
		t.members.Set(name, at.UTC().Format(time.RFC3339Nano))
	}
}

func (t *text) putObject(name string, o *value.Object) {
	if o != nil {
		t.members.Set(name, o)
	}
}

func (t *text) putList(name string, list []string) {
	if list == nil {
		return
	}
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = s
	}
	t.members.Set(name, items)
}

func (t *text) putInt(name string, i int64) {
	if i != 0 {
		t.members.Set(name, value.Int(i))
	}
}

func (t *text) putFlag(name string, set bool) {
	if set {
		t.members.Set(name, true)
	}
}

func (t *text) secret(name string) secret.Text { return secret.New(t.members.Text(name)) }

func (t *text) string(name string) string { return t.members.Text(name) }

func (t *text) time(name string) time.Time {
	s := t.members.Text(name)
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	t.err = errors.Join(t.err, err)
	return at
}

func (t *text) object(name string) *value.Object {
	o, _ := t.members.Get(name).(*value.Object)
	return o
}

func (t *text) list(name string) []string {
	items, ok := t.members.Get(name).([]any)
	if !ok {
		return nil
	}
	list := make([]string, len(items))
	for i, item := range items {
		list[i], _ = item.(string)
	}
	return list
}

func (t *text) int(name string) int64 {
	n, _ := t.members.Get(name).(json.Number)
	if n == "" {
		return 0
	}
	i, err := n.Int64()
	t.err = errors.Join(t.err, err)
	return i
}

func (t *text) flag(name string) bool { return t.members.Get(name) == true }
