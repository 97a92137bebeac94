package egress

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// isTLS tells whether an error is one of crypto/tls or crypto/x509 that names the certificate or the protocol only.
func isTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &authority) || errors.As(err, &name)
}
