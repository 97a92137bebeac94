package httpapi

import (
	"context"
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
	runtime.CodeClientRefused:       http.StatusUnprocessableEntity,
	runtime.CodeProviderRefused:     http.StatusUnprocessableEntity,
	runtime.CodeProviderUnavailable: http.StatusServiceUnavailable,
	runtime.CodeProviderMalformed:   http.StatusBadGateway,
	runtime.CodeUpstreamUnavailable: http.StatusBadGateway,
	runtime.CodeUpstreamTimeout:     http.StatusGatewayTimeout,
	runtime.CodeUnknownOutcome:      http.StatusServiceUnavailable,
	runtime.CodeConnectorFailed:     http.StatusBadGateway,
	runtime.CodeRateLimited:         http.StatusTooManyRequests,
	runtime.CodeOverloaded:          http.StatusServiceUnavailable,
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
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

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
	ours := e.Code == runtime.CodeInternal || e.Code == runtime.CodeStoreUnavailable
	if ours && !errors.Is(err, context.Canceled) { // that is a caller who has gone
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

// unfit is the problem of a request that does not fit its description, as the typed handlers' library finds it: values
// that do not fit are invalid_request like all others, and what the transport refuses keeps its own status.
func unfit(status int, message string, errs []error) *Problem {
	code := runtime.CodeInvalidRequest
	switch status {
	case http.StatusUnprocessableEntity:
		status = statuses[code]
	case http.StatusInternalServerError:
		code = runtime.CodeInternal
	}
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: message, Code: string(code)}
	for _, err := range errs {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, runtime.FieldError{Path: strings.TrimPrefix(d.Location, "body."), Message: d.Message})
		}
	}
	if len(p.Errors) > 0 {
		p.Detail = "the request does not fit: " + p.Errors[0].Path + ": " + p.Errors[0].Message
	}
	return p
}

// plainError answers what no typed handler did: unknown routes and methods, and the errors of plain handlers.
func (s *server) plainError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	var h *echo.HTTPError
	status := 0
	if errors.As(err, &h) {
		switch h.Code {
		case http.StatusNotFound:
			err = &runtime.Error{Code: runtime.CodeNotFound, Message: "there is nothing at this address; /openapi.json lists what there is"}
		case http.StatusMethodNotAllowed:
			status = h.Code
			err = &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "this address does not take this method"}
		}
	}
	p := s.problem(err).(*Problem)
	if status != 0 {
		p.Status, p.Title = status, http.StatusText(status)
	}
	s.writeProblem(c, p)
}

func (s *server) writeProblem(c echo.Context, p *Problem) {
	for name, values := range p.GetHeaders() {
		c.Response().Header()[name] = values
	}
	c.Response().Header().Set("Content-Type", problemType)
	if err := c.JSON(p.Status, p); err != nil {
		s.Log.Debug("cannot write", "error", err)
	}
}
