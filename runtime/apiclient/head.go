package apiclient

import (
	"net/http"
	"slices"
	"strings"

	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// JudgeHead is the error that status and headers of an answer tell, nil where they tell none: for a proxy, which hands
// bodies on unread. Response handlers that look at the body to match are passed over; what others say of it is left out.
func (c *Client) JudgeHead(status int, header http.Header) *Error {
	success := status >= 200 && status <= 299
	response := &Response{Status: status, Header: header, Data: value.Undefined}
	v, err := (&Client{handlers: c.headHandlers()}).judge(response.Variable(), success)
	switch {
	case err != nil, v != nil && v.error == nil, v == nil && success:
		return nil
	}
	e := refusal(Request{}, &egress.Answer{Status: status, Header: header}, response, v)
	if e.Key != "" && !slices.Contains(Keys, string(e.Key)) {
		e.Key = ""
	}
	return e
}

func (c *Client) headHandlers() []handler {
	var out []handler
	for _, h := range c.handlers {
		if !readsBody(h.match) && !readsBody(h.isSuccess) {
			out = append(out, h)
		}
	}
	return out
}

// readsBody tells whether a formula may look at the body of a response.
func readsBody(f formula) bool {
	if f == nil {
		return false
	}
	for _, v := range f.Vars() {
		locator := strings.TrimPrefix(strings.TrimPrefix(v.Locator, "$"), ".")
		names := strings.FieldsFunc(locator, func(r rune) bool { return r == '.' || r == '[' })
		if len(names) == 0 || names[0] != "response" {
			continue
		}
		if len(names) == 1 || !slices.Contains([]string{"headers", "statusCode", "status"}, names[1]) {
			return true
		}
	}
	return false
}
