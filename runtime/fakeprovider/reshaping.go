package fakeprovider

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

func delayed(f Fault, _ *Request, next func() *answer) *answer {
	a := next()
	a.delayMS = cmp.Or(f.DelayMS, defaultDelayMS)
	return a
}

const defaultDelayMS = 100

// pause waits ms milliseconds, or until the provider is closed. False: the client has gone away.
func (p *Provider) pause(r *http.Request, ms int) bool {
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
	case <-p.done:
	case <-r.Context().Done():
		return false
	}
	return true
}

func jsonOnly(_ Fault, q *Request, next func() *answer) *answer {
	if !q.json {
		return oauthError(http.StatusBadRequest, "invalid_request", "the request must be application/json")
	}
	return next()
}

func setFields(f Fault, _ *Request, next func() *answer) *answer {
	a := next()
	if a.fields == nil {
		return a
	}
	maps.Copy(a.fields, f.Set)
	maps.DeleteFunc(a.fields, func(_ string, v any) bool { return v == nil })
	return a
}

func textExpiresIn(_ Fault, _ *Request, next func() *answer) *answer {
	a := next()
	if v, ok := a.fields["expires_in"]; ok {
		a.fields["expires_in"] = fmt.Sprint(v)
	}
	return a
}

func noExpiresIn(_ Fault, _ *Request, next func() *answer) *answer {
	a := next()
	delete(a.fields, "expires_in")
	return a
}

var nestedFields = map[string]string{
	"access_token": "data.accessToken", "refresh_token": "data.refreshToken", "expires_in": "data.expiresIn",
}

func nested(f Fault, _ *Request, next func() *answer) *answer {
	a := next()
	moves := f.Fields
	if moves == nil {
		moves = nestedFields
	}
	for from, to := range moves {
		if v, ok := a.fields[from]; ok {
			delete(a.fields, from)
			place(a.fields, strings.Split(to, "."), v)
		}
	}
	return a
}

// place puts v at a path, making objects on the way; what stands in the way is replaced.
func place(fields map[string]any, path []string, v any) {
	for _, step := range path[:len(path)-1] {
		inner, _ := fields[step].(map[string]any)
		if inner = maps.Clone(inner); inner == nil { // a clone: it may be the options' own
			inner = map[string]any{}
		}
		fields[step] = inner
		fields = inner
	}
	fields[path[len(path)-1]] = v
}

func formEncoded(_ Fault, _ *Request, next func() *answer) *answer {
	a := next()
	if a.fields == nil {
		return a
	}
	form := url.Values{}
	for name, v := range a.fields {
		form.Set(name, fmt.Sprint(v))
	}
	a.fields, a.body = nil, []byte(form.Encode())
	a.header.Set("Content-Type", "application/x-www-form-urlencoded")
	return a
}

func wrongContentType(f Fault, _ *Request, next func() *answer) *answer {
	a := next()
	a.header.Set("Content-Type", cmp.Or(f.Header["Content-Type"], "text/html; charset=utf-8"))
	return a
}

func callbackParams(f Fault, _ *Request, next func() *answer) *answer {
	a := next()
	if a.callback == nil {
		return a
	}
	for name, values := range f.Params {
		if a.callback.params[name] = values; len(values) == 0 {
			delete(a.callback.params, name)
		}
	}
	return a
}

func drip(f Fault, _ *Request, next func() *answer) *answer {
	a := next()
	if a.send != nil {
		return a
	}
	a.send = func(p *Provider, w http.ResponseWriter, r *http.Request, a *answer) {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		for i := range a.body {
			if _, err := w.Write(a.body[i : i+1]); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			if !p.pause(r, cmp.Or(f.DelayMS, defaultDelayMS)) {
				return
			}
		}
	}
	return a
}

func resetHalf(_ Fault, _ *Request, next func() *answer) *answer {
	a := next()
	if a.send != nil {
		return a
	}
	a.send = func(_ *Provider, w http.ResponseWriter, _ *http.Request, a *answer) {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // the connection ends without the rest
	}
	return a
}
