package runtime

import (
	"net/http"
	"strings"

	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/secret"
)

// replayed is the recorded answer to a request, nil where there is none.
func (r *recorder) replayed(request jsbridge.FetchRequest) (*egress.Answer, *jsbridge.FetchResponse) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, one := range r.replay {
		if one.Method != request.Method || !sameEndpoint(one.URL, request.URL) {
			continue
		}
		r.replay = append(r.replay[:i:i], r.replay[i+1:]...)
		header := http.Header{}
		for _, line := range one.Header {
			name, text, _ := strings.Cut(line, ": ")
			header.Add(name, text)
		}
		body := []byte(one.Body.Reveal())
		return &egress.Answer{Status: one.Status, Header: header, Body: body, URL: one.URL}, &jsbridge.FetchResponse{
			Status: one.Status, StatusText: http.StatusText(one.Status), URL: one.URL, Header: headerList(header), Body: body,
		}
	}
	return nil, nil
}

// readValue marks a recorded value, in the place of a request's method: none has a space.
const readValue = "stored value"

// maxRecordedValues bounds the values, as JSON, that are kept with one answer.
const maxRecordedValues = maxValueBytes

func (k ValueKey) recorded() string {
	if k.Connection != "" {
		return "connection " + k.Name
	}
	return "integration " + k.Name
}

// value is a value that a hook reads: what was recorded of it, or what stored gives. A nil recorder records nothing.
func (r *recorder) value(k ValueKey, stored func() (any, error)) (any, error) {
	if r == nil || r.k == nil {
		return stored()
	}
	if body := r.valueRead(k); body != "" {
		return value.Decode([]byte(body))
	}
	v, err := stored()
	if err != nil || v == value.Undefined {
		return v, err
	}
	text, err := value.Encode(v)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	size := len(text)
	for _, one := range r.read {
		size += len(one.Body.Reveal())
	}
	if size <= maxRecordedValues {
		r.read = append(r.read, Recorded{Method: readValue, URL: k.recorded(), Body: secret.New(string(text))})
	}
	return v, nil
}

// valueRead is a recorded value as JSON, empty where there is none. It may be read as often as the hook likes.
func (r *recorder) valueRead(k ValueKey) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, list := range [][]Recorded{r.replay, r.read} {
		for _, one := range list {
			if one.Method == readValue && one.URL == k.recorded() {
				return one.Body.Reveal()
			}
		}
	}
	return ""
}

// sameEndpoint tells whether two URLs differ in nothing but their queries: some APIs want each request signed anew there.
func sameEndpoint(a, b string) bool {
	a, _, _ = strings.Cut(a, "?")
	b, _, _ = strings.Cut(b, "?")
	return a == b
}
