package fakeprovider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// control is the switch over HTTP, for curl. GET tells {faults, modes, calls, tokenCalls}. POST sets the faults to the
// one fault, or the list of them, in the body; {"mode": "ok"} and [] make the provider honest again.
func (p *Provider) control(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		faults, err := parseFaults(body.Bytes())
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p.Misbehave(faults...)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	_ = out.Encode(p.state()) // fails only where the client is gone
}

// modeOK is the mode, in the body of POST /control only, that stands for no fault.
const modeOK Mode = "ok"

func parseFaults(body []byte) ([]Fault, error) {
	body = bytes.TrimSpace(body)
	var list []Fault
	into := any(&list)
	if !bytes.HasPrefix(body, []byte("[")) {
		list = make([]Fault, 1)
		into = &list[0]
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return nil, fmt.Errorf(`expected a fault like {"mode": "invalid_grant"}, or a list of them: %w`, err)
	}
	if len(list) == 1 && list[0].Mode == modeOK {
		return nil, nil
	}
	for _, f := range list {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("%w; GET /control lists the modes", err)
		}
	}
	return list, nil
}

type controlState struct {
	Faults     []Fault          `json:"faults"`
	Modes      []modeHelp       `json:"modes"`
	Calls      map[Endpoint]int `json:"calls"`
	TokenCalls map[string]int   `json:"tokenCalls"`
}

type modeHelp struct {
	Mode    Mode     `json:"mode"`
	Summary string   `json:"summary"`
	On      Endpoint `json:"on"`
}

func (p *Provider) state() controlState {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := controlState{Faults: append([]Fault{}, p.faults...), Calls: map[Endpoint]int{}, TokenCalls: map[string]int{}}
	for e, n := range p.log.calls {
		s.Calls[e] = n
	}
	for g, n := range p.log.grants {
		s.TokenCalls[g] = n
	}
	for _, m := range misbehaviours {
		s.Modes = append(s.Modes, modeHelp{m.mode, m.summary, m.on})
	}
	return s
}
