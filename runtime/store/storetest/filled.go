package storetest

import (
	"fmt"
	"reflect"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/secret"
)

// base is the time that filled records count from: to the nanosecond, in UTC, as records come back.
var base = time.Date(2026, 11, 23, 8, 59, 59, 123456789, time.UTC)

// filled is a record of which every field, at any depth, has a value of its own, so that a field that a store forgets
// is missed, one that was added to a record later included.
func filled[T any]() *T {
	v := new(T)
	f := filler{}
	f.fill(reflect.ValueOf(v).Elem(), reflect.TypeFor[T]().Name())
	return v
}

// filledConnection has the times that columns compare to the microsecond, as they come back.
func filledConnection() *runtime.Connection {
	c := filled[runtime.Connection]()
	for _, at := range []*time.Time{&c.Due, &c.Renewal.Lease.Since, &c.Renewal.Lease.Until} {
		*at = at.Truncate(time.Microsecond)
	}
	return c
}

type filler struct{ n int }

func (f *filler) fill(v reflect.Value, path string) {
	f.n++
	text := fmt.Sprintf("%s-%d", path, f.n)
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(base.Add(time.Duration(f.n) * 1_000_000_001)))
		return
	case secret.Text:
		v.Set(reflect.ValueOf(secret.New(text)))
		return
	case *value.Object:
		v.Set(reflect.ValueOf(value.Of(text, value.Of("number", value.Int(f.n), "list", []any{text, nil, true}))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.n))
	case reflect.Uint8:
		v.SetUint(uint64(f.n % 256))
	default:
		f.fillCompound(v, path)
	}
}

func (f *filler) fillCompound(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			f.fill(v.Index(i), path)
		}
	case reflect.Map:
		key, element := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key, path)
		f.fill(element, path)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, element)
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	default:
		panic("a record has a field of a kind that filled does not know yet: " + path)
	}
}
