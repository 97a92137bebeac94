package runtime

import (
	"errors"

	"claviger/runtime/apiclient"
	"claviger/runtime/egress"
)

// Who makes calls of an API, in metrics.
const (
	throughProxy  = "proxy"
	throughClient = "client"
)

var statusClasses = [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// callOutcome is what a call of an API came to, in one of few words: the class of the answer's status; where there was none, an
// egress.Reason or a Code; refused where the request could not be made.
func callOutcome(status int, err error) string {
	var lost *egress.Error
	var told *Error
	switch {
	case err == nil && status >= 100 && status < 600:
		return statusClasses[status/100]
	case err == nil:
		return statusClasses[0]
	case errors.As(err, &lost):
		return string(lost.Reason)
	case errors.As(err, &told):
		return string(told.Code)
	}
	return "refused"
}

// clientOutcome is callOutcome of a call of the API client, whose errors may be answers.
func clientOutcome(r *apiclient.Response, err error) string {
	var failed *apiclient.Error
	switch {
	case err == nil:
		return callOutcome(r.Status, nil)
	case errors.As(err, &failed) && failed.Status != 0:
		return callOutcome(failed.Status, nil)
	}
	return callOutcome(0, err)
}
