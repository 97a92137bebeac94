package runtime

import (
	"encoding/base64"
	"errors"
	"strconv"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

// A kept answer in JSON, as stores and the journal seal it; what has its zero value is left out:
//
//	response, query        objects
//	receivedAt             time (RFC 3339)
//	node                   text
//	exchange               boolean: the members below are there too
//	connectorVersion       text
//	parameters             object
//	allowAccountChange     boolean
//	redirectUri, verifier  texts
//	recorded               list of objects: method, url, status, header (a list of lines), body (base64)
//	replays                number

// Members is the answer as an object; its secrets are plain in it.
func (a *Answer) Members() *value.Object {
	o := value.NewObject(8)
	set := func(name string, there bool, v any) {
		if there {
			o.Set(name, v)
		}
	}
	set("response", a.Response != nil, a.Response)
	set("receivedAt", !a.ReceivedAt.IsZero(), a.ReceivedAt.UTC().Format(time.RFC3339Nano))
	set("query", a.Query != nil, a.Query)
	set("node", a.Node != "", a.Node)
	if x := a.Exchange; x != nil {
		o.Set("exchange", true)
		set("connectorVersion", x.ConnectorVersion != "", x.ConnectorVersion)
		set("parameters", x.Parameters != nil, x.Parameters)
		set("allowAccountChange", x.AllowAccountChange, true)
		set("redirectUri", x.RedirectURI != "", x.RedirectURI)
		set("verifier", !x.Verifier.IsEmpty(), x.Verifier.Reveal())
	}
	if a.Recorded != nil {
		list := make([]any, len(a.Recorded))
		for i := range a.Recorded {
			list[i] = a.Recorded[i].members()
		}
		o.Set("recorded", list)
	}
	set("replays", a.Replays != 0, value.Int(a.Replays))
	return o
}

func (r *Recorded) members() *value.Object {
	header := make([]any, len(r.Header))
	for i, line := range r.Header {
		header[i] = line
	}
	return value.Of("method", r.Method, "url", r.URL, "status", value.Int(r.Status), "header", header,
		"body", base64.StdEncoding.EncodeToString([]byte(r.Body.Reveal())))
}

// AnswerOf reads what Members made.
func AnswerOf(o *value.Object) (*Answer, error) {
	a := &Answer{Node: o.Text("node")}
	a.Response, _ = o.Get("response").(*value.Object)
	a.Query, _ = o.Get("query").(*value.Object)
	var err error
	if text := o.Text("receivedAt"); text != "" {
		a.ReceivedAt, err = time.Parse(time.RFC3339Nano, text)
	}
	if o.Get("exchange") == true {
		a.Exchange = &Exchange{
			ConnectorVersion: o.Text("connectorVersion"), AllowAccountChange: o.Get("allowAccountChange") == true,
			RedirectURI: o.Text("redirectUri"), Verifier: secret.New(o.Text("verifier")),
		}
		a.Exchange.Parameters, _ = o.Get("parameters").(*value.Object)
	}
	if list, ok := o.Get("recorded").([]any); ok {
		a.Recorded = make([]Recorded, len(list))
		for i, item := range list {
			err = errors.Join(err, a.Recorded[i].read(item))
		}
	}
	if n := o.Get("replays"); o.Has("replays") {
		var replays int
		replays, err2 := strconv.Atoi(value.String(n))
		a.Replays, err = replays, errors.Join(err, err2)
	}
	return a, err
}

func (r *Recorded) read(item any) error {
	o, ok := item.(*value.Object)
	if !ok {
		return errors.New("expected an object in recorded")
	}
	r.Method, r.URL = o.Text("method"), o.Text("url")
	header, _ := o.Get("header").([]any)
	r.Header = make([]string, len(header))
	for i, line := range header {
		r.Header[i], _ = line.(string)
	}
	status, err := strconv.Atoi(value.String(o.Get("status")))
	r.Status = status
	body, bodyErr := base64.StdEncoding.DecodeString(o.Text("body"))
	r.Body = secret.New(string(body))
	return errors.Join(err, bodyErr)
}
