// Package jsbridge runs hooks: the methods that authors write in JavaScript or TypeScript. This is the server's side: it
// never parses or runs author source itself. A Pool of worker processes (package worker, the same binary under a hidden
// sub-command) does, one call at a time each, and what goes to and fro are the frames of package wire.
//
//	pool := jsbridge.NewPool(jsbridge.PoolConfig{})
//	defer pool.Close()
//	script := jsbridge.NewScript("auth/get-token-data.js", files, 0, 0)
//	result, err := pool.Call(ctx, jsbridge.Call{Connector: "acme", Method: "getTokenData", Script: script, Args: args, Fetch: fetch})
//
// Arguments and results are JSON. A hook affects nothing but what the Call hands in: Fetch, Log, a clock, randomness. Its
// limits hold whatever it does: this process measures time and counts what passes, the operating system holds memory, and
// a worker that is over a limit is killed and replaced. Where secrets may go, which hosts exist and what is logged is not
// decided here.
package jsbridge

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
)

// Script is the author's source that one hook lives in: the entry file and every file of the folder that it may reach
// with require or import. Build it with NewScript; it must not be changed afterwards. Safe for concurrent use.
type Script struct {
	Entry string            // the file that exports the hook, such as "auth/get-token-data.js"; always a key of Files
	Files map[string]string // all .js, .ts and .json files of the folder: path relative to it, with forward slashes, → source
	Line  int               // inline code: the line of Entry (spec.yml) at which the source starts, from 1; 0: a file of its own
	Col   int               // inline code: the column at which every line of the source starts, from 1; 0: 1

	hash string
}

// NewScript returns a script with its content hash. For a hook in a file of its own line and col are 0. For inline code
// entry is "spec.yml", files[entry] is the code alone, and line and col are where the code starts in spec.yml.
func NewScript(entry string, files map[string]string, line, col int) *Script {
	s := &Script{Entry: entry, Files: files, Line: line, Col: col}
	whole := wholes.Get().(*[]byte)
	text := appendText((*whole)[:0], entry)
	text = binary.BigEndian.AppendUint64(text, uint64(line))
	text = binary.BigEndian.AppendUint64(text, uint64(col))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		text = appendText(appendText(text, name), files[name])
	}
	sum := sha256.Sum256(text)
	s.hash = hex.EncodeToString(sum[:])
	*whole = text
	wholes.Put(whole)
	return s
}

// Hash is the SHA-256 of all that makes the script, in hexadecimal. Workers keep compiled programs under it.
func (s *Script) Hash() string { return s.hash }

// wholes are what texts are put together in.
var wholes = sync.Pool{New: func() any { return new([]byte) }}

func appendText(to []byte, text string) []byte {
	return append(binary.BigEndian.AppendUint64(to, uint64(len(text))), text...)
}
