package yamlpos

import (
	"bytes"
	"strings"
	"testing/iotest"

	"claviger/mapping/finding"
)

var _ = iotest.OneByteReader
var _ = bytes.NewReader

func locate(file string, src []byte, err error) finding.Finding {
	return finding.Errorf(finding.Pos{File: file, Line: 1, Col: 1}, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
}
