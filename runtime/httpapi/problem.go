package httpapi

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"claviger/runtime"
)

// statuses is the one table from the engine's codes to HTTP.
var statuses = map[runtime.Code]int{
	runtime.CodeInvalidRequest:      http.StatusBadRequest,
	runtime.CodeInvalidParameters:   http.StatusUnprocessableEntity,
	runtime.CodeInvalidReturnURL:    http.StatusUnprocessableEntity,
	runtime.CodeUnauthorized:        http.StatusUnauthorized,
	runtime.CodeForbidden:           http.StatusForbidden,
	runtime.CodeNotFound:            http.StatusNotFound,
	runtime.CodeConflict:            http.StatusConflict,
	runtime.CodeNotSupported:        http.StatusUnprocessableEntity,
	runtime.CodeNotConnected:        http.StatusConflict,
	runtime.CodeReconnectRequired:   http.StatusConflict,
	runtime.CodeNotRefreshable:      http.StatusConflict,
	runtime.CodeAccountChanged:      http.StatusConflict,
	runtime.CodeMisconfigured:       http.StatusServiceUnavailable,
	runtime.CodeConnectorUnusable:   http.StatusServiceUnavailable,
	runtime.CodeProviderRefused:     http.StatusUnprocessableEntity,
	runtime.CodeProviderUnavailable: http.StatusServiceUnavailable,
	runtime.CodeProviderMalformed:   http.StatusBadGateway,
	runtime.CodeUnknownOutcome:      http.StatusServiceUnavailable,
	runtime.CodeConnectorFailed:     http.StatusBadGateway,
	runtime.CodeFlowRefused:         http.StatusBadRequest,
	runtime.CodeStoreUnavailable:    http.StatusServiceUnavailable,
	runtime.CodeInternal:            http.StatusInternalServerError,
}

// Problem is the body of every error (RFC 9457). Code is stable; Detail is for people.
type Problem struct {
	Type    string               `json:"type" doc:"always about:blank; code tells problems apart"`
	Title   string               `json:"title"`
	Status  int                  `json:"status"`
	Detail  string               `json:"detail,omitempty"`
	Code    string               `json:"code" doc:"stable name of the kind of problem"`
	Errors  []runtime.FieldError `json:"errors,omitempty" doc:"what is wrong with single values"`
	Failure *runtime.Failure     `json:"failure,omitempty" doc:"what the provider or the connector answered, redacted"`

	retryAfter time.Duration
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is application/problem+json whatever was negotiated.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders is Retry-After and WWW-Authenticate where they apply.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="claviger"`)
	}
	return h
}

// problem gives an error the form that callers get; what went wrong on our side is logged.
func (s *server) problem(err error) error {
	if err == nil {
		return nil
	}
	e := runtime.AsError(err)
	if e.Code == runtime.CodeInternal || e.Code == runtime.CodeStoreUnavailable {
		s.Log.Error("request failed", "code", string(e.Code), "error", fmt.Sprint(e.Unwrap()))
	}
	return newProblem(e)
}

func newProblem(e *runtime.Error) *Problem {
	status := statuses[e.Code]
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: e.Message, Code: string(e.Code),
		Errors: e.Fields, Failure: e.Failure, retryAfter: e.RetryAfter,
	}
}

// problemOf turns the errors that the typed handlers' library makes itself, of requests that do not fit their
// description, into problems of ours.
func problemOf(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{Type: "about:blank", Title: http.StatusText(m.Status), Status: m.Status, Detail: m.Detail, Code: string(runtime.CodeInvalidRequest)}
	if m.Status == http.StatusInternalServerError {
		p.Code = string(runtime.CodeInternal)
	}
	for _, d := range m.Errors {
		p.Errors = append(p.Errors, runtime.FieldError{Path: strings.TrimPrefix(d.Location, "body."), Message: d.Message})
	}
	return p, nil
}

// plainError answers what no typed handler caught: unknown routes and methods.
func (s *server) plainError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	e := &runtime.Error{Code: runtime.CodeInternal, Message: "something went wrong on our side", Err: err}
	var h *echo.HTTPError
	if errors.As(err, &h) {
		switch h.Code {
		case http.StatusNotFound:
			e = &runtime.Error{Code: runtime.CodeNotFound, Message: "there is nothing at this address; /openapi.json lists what there is"}
		case http.StatusMethodNotAllowed:
			e = &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "this address does not take the method " + c.Request().Method}
		}
	}
	s.writeProblem(c, s.problem(e).(*Problem), h)
}

func (s *server) writeProblem(c echo.Context, p *Problem, h *echo.HTTPError) {
	if h != nil && h.Code == http.StatusMethodNotAllowed {
		p.Status, p.Title = h.Code, http.StatusText(h.Code)
	}
	for name, values := range p.GetHeaders() {
		c.Response().Header()[name] = values
	}
	c.Response().Header().Set("Content-Type", p.ContentType(""))
	if err := c.JSON(p.Status, p); err != nil {
		s.Log.Error("cannot write", "error", err)
	}
}
