package runtime

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/runtime/apiclient"
	"claviger/runtime/egress"
)

// APIBudget is what the answers to one call of an API may take.
type APIBudget struct {
	MaxBytes int64             // of bodies; 0: the call's own limit
	Received func(n int) error // is told of bytes of bodies as they arrive, and may refuse more; nil: nobody counts
}

// APICall makes one call of an API. Its error is an *apiclient.Error.
type APICall func(ctx context.Context, r apiclient.Request, b APIBudget) (*apiclient.Response, error)

// APISender is the way out of an API client, by whatever carries the requests of hooks. redirect is as in
// jsbridge.FetchRequest.
func APISender(carry func(context.Context, jsbridge.FetchRequest) (*egress.Answer, *jsbridge.FetchResponse, error), redirect string, b APIBudget) func(*http.Request) (*egress.Answer, error) {
	return func(r *http.Request) (*egress.Answer, error) {
		out := jsbridge.FetchRequest{Method: r.Method, URL: r.URL.String(), Redirect: redirect, MaxBytes: b.MaxBytes, Received: b.Received}
		if out.Received == nil {
			out.Received = func(int) error { return nil }
		}
		for _, h := range headerList(r.Header) {
			out.Header = append(out.Header, [2]string{strings.ToLower(h[0]), h[1]})
		}
		if r.Body != nil {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			out.Body = body
		}
		answer, _, err := carry(r.Context(), out)
		return answer, err
	}
}

// HookClient is the apiClient of a hook, whose calls are made by call.
func HookClient(call APICall) func(context.Context, jsbridge.ClientRequest) (*jsbridge.ClientResponse, error) {
	return func(ctx context.Context, r jsbridge.ClientRequest) (*jsbridge.ClientResponse, error) {
		request, err := apiclient.Called(r.Method, r.Path, r.Query, r.Options, r.Body, r.ContentType)
		if err != nil {
			return nil, &jsbridge.ClientError{Message: err.Error(), Data: value.Undefined}
		}
		response, err := call(ctx, request, APIBudget{r.MaxBytes, r.Received})
		if err != nil {
			return nil, thrownByClient(err)
		}
		return &jsbridge.ClientResponse{
			Status: response.Status, Header: headerList(response.Header), Data: response.Data, Bytes: response.Bytes,
		}, nil
	}
}

// thrownByClient is an error as a hook gets it.
func thrownByClient(err error) error {
	var e *apiclient.Error
	if errors.Is(err, jsbridge.ErrMaxBytes) || !errors.As(err, &e) {
		return err
	}
	thrown := &jsbridge.ClientError{
		Message: e.Message, Status: e.Status, Key: string(e.Key), Code: e.Code, Data: e.Data, RetryAfter: e.RetryAfter,
	}
	if thrown.Code == "" {
		thrown.Code = thrown.Key
	}
	if e.Status == 0 {
		thrown.Data = value.Undefined
	}
	return thrown
}

// RunREST runs a method that is a rest-api-mapping (format.md section 6): it makes the request of the method's arguments, and
// its result of the response. Without a responseMapping that is the body; of test it is true.
func RunREST(ctx context.Context, m connectors.Method, rest *connectors.REST, arguments *value.Object, env mapping.Env, call APICall) (any, error) {
	made, err := rest.Request.Eval(arguments, env)
	if err != nil {
		return nil, err
	}
	object, _ := made.(*value.Object)
	request, err := apiclient.Mapped(rest.Method, object)
	if err != nil {
		return nil, apiclient.Refused(request, err)
	}
	response, err := call(ctx, request, APIBudget{})
	switch {
	case err != nil:
		return nil, err
	case rest.Response == nil && m == connectors.Test:
		return true, nil
	case rest.Response == nil:
		return response.Data, nil
	}
	variables := arguments.Clone()
	variables.Set("response", response.Variable())
	return rest.Response.Eval(variables, env)
}

// TakesClient tells whether a method has the argument apiClient.
func TakesClient(m connectors.Method) bool { return takes(m, "apiClient") }

// ClientFor is the API client of a method, of which made gives the connector's own. A method that renews credentials, or
// makes them of a renewal's answer, gets base URIs and response handlers of it and gives no request the old credentials;
// one that runs before there are any gets an empty one, with which every path must be absolute.
func ClientFor(m connectors.Method, made func() (*apiclient.Client, error)) (*apiclient.Client, error) {
	if !takes(m, "credentials") {
		return (&apiclient.Client{}).Bare(), nil
	}
	client, err := made()
	if err == nil && !TakesClient(m) {
		client = client.Bare()
	}
	return client, err
}

// APIRedirect is what a 3xx means to a method's calls, as in jsbridge.FetchRequest: what asks for tokens follows none.
func APIRedirect(m connectors.Method) string {
	if m == connectors.GetTokenData || m == connectors.RefreshCredentials {
		return "manual"
	}
	return "follow"
}

func takes(m connectors.Method, argument string) bool {
	rule, _ := connectors.Rule(m)
	return slices.Contains(rule.Arguments, argument)
}

// headerList is a header as a list, in the order of names.
func headerList(h http.Header) [][2]string {
	var list [][2]string
	for name, values := range h {
		for _, v := range values {
			list = append(list, [2]string{name, v})
		}
	}
	slices.SortStableFunc(list, func(a, b [2]string) int { return bytes.Compare([]byte(a[0]), []byte(b[0])) })
	return list
}
