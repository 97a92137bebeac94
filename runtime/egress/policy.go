package egress

import (
	"net/http"
	"time"
)

// Policy is what one call may do.
type Policy struct {
	Hosts     Hosts         // where it may go, each redirect included; the zero value: nowhere
	Timeout   time.Duration // for everything up to the body's last byte; 0: 30 s. The context's own deadline counts too.
	MaxBytes  int64         // of the answer's body after decompression; 0: 1 MiB
	Redirects int           // how many are followed; 0: none, a 3xx is the answer

	// Received is told of the body's bytes as they arrive; its error ends the answer, as TooLarge. nil: nobody counts.
	Received func(n int) error
}

const (
	defaultTimeout  = 30 * time.Second
	defaultMaxBytes = 1 << 20
)

func (p Policy) timeout() time.Duration {
	if p.Timeout <= 0 {
		return defaultTimeout
	}
	return p.Timeout
}

func (p Policy) maxBytes() int64 {
	if p.MaxBytes <= 0 {
		return defaultMaxBytes
	}
	return p.MaxBytes
}

// Answer is an HTTP answer that has arrived as a whole, whatever its status.
type Answer struct {
	Status     int
	Header     http.Header // without Content-Encoding and Content-Length where the body was decompressed
	Body       []byte
	URL        string    // of the last request, without fragment
	Redirected bool      // at least one redirect was followed
	ReceivedAt time.Time // when the body's last byte was there, by the Guard's clock
}
