package httpapi

import (
	"errors"
	"net/http"

	"claviger/runtime"
)

// informing cleans answers 1xx, which the library passes on while it waits, and ends a call that has too many.
type informing struct {
	http.ResponseWriter
	watch *watch
	count int
}

var errTooInformed = errors.New("the API answers 1xx without end")

// maxInforming is how many answers 1xx there may be before the one that counts.
const maxInforming = 20

func (i *informing) WriteHeader(status int) {
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		if i.count++; i.count > maxInforming {
			i.watch.cancel(errTooInformed)
			return
		}
		runtime.CleanHop(i.Header())
		runtime.CleanAnswer(i.Header())
	}
	i.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (i *informing) Unwrap() http.ResponseWriter { return i.ResponseWriter }
