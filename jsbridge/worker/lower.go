package worker

import (
	"errors"
	"path"

	"github.com/dop251/goja"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/evanw/esbuild/pkg/api"
	"github.com/go-sourcemap/sourcemap"

	"claviger/jsbridge/wire"
)

// missing is what goja cannot parse and esbuild can rewrite.
var missing = map[string]bool{
	"async-generator": false,
	"decorators":      false,
	"dynamic-import":  false,
	"for-await":       false,
	"hashbang":        false,
	"import-meta":     false,
	"top-level-await": false,
	"using":           false,
}

// lower compiles what esbuild makes of a file: a CommonJS module in the language that goja knows. first is why goja did
// not take the file as it is; nil where it was not asked.
func (b *bundle) lower(name, source string, first error) *unit {
	u := &unit{lowered: true, asyncIterator: true}
	out := api.Transform(source, api.TransformOptions{
		Loader: loaderOf(name), Sourcefile: path.Base(name), Sourcemap: api.SourceMapExternal,
		SourcesContent: api.SourcesContentExclude, LegalComments: api.LegalCommentsNone,
		Format: api.FormatCommonJS, Target: api.ESNext, Supported: missing, LogLevel: api.LogLevelSilent,
		Banner: moduleHead, Footer: moduleTail,
	})
	if len(out.Errors) > 0 {
		u.faults = b.esbuildFaults(name, out.Errors)
		return u
	}
	tree, err := parse(name+loweredMark, string(out.Code))
	if err != nil {
		b.stillUnparsed(u, name, err, first, out.Map)
		return u
	}
	if consumer, err := sourcemap.Parse("", out.Map); err == nil {
		tree.File.SetSourceMap(consumer)
	}
	u.tree = tree
	b.assemble(u, name, tree)
	return u
}

// loweredMark is behind the name of what esbuild has made, so that what it has added, which no source map leads back from,
// does not pass as the author's. It looks like a query because goja resolves the author's name against it as a URL.
const loweredMark = "?lowered"

// stillUnparsed reports a file that esbuild takes and goja does not: at the author's own place where goja has seen the
// author's text, else through the source map.
func (b *bundle) stillUnparsed(u *unit, name string, err, first error, sources []byte) {
	defer func() {
		for i := range u.faults {
			u.faults[i].Message += notHere[u.faults[i].Message]
		}
	}()
	if first != nil {
		u.lowered = false
		u.faults = b.gojaFaults(u, name, first)
		return
	}
	var list parser.ErrorList
	consumer, broken := sourcemap.Parse("", sources)
	if !errors.As(err, &list) || broken != nil {
		u.faults = []fault{{Place: wire.Place{File: name}, Message: err.Error()}}
		return
	}
	for _, e := range list {
		if _, _, line, col, ok := consumer.Source(e.Position.Line, e.Position.Column); ok {
			e.Position.Line, e.Position.Column = line, col
		}
	}
	u.faults = b.gojaFaults(u, name, list)
}

// notHere explains what goja says of valid JavaScript that it cannot read.
var notHere = map[string]string{
	"Invalid destructuring binding target": ": a list pattern with defaults in it and a default of its own cannot be read inside another default; take it apart in two steps",
}

func loaderOf(name string) api.Loader {
	if path.Ext(name) == ".ts" {
		return api.LoaderTS
	}
	return api.LoaderJS
}

// gojaFaults reads the errors of goja's parser and compiler.
func (b *bundle) gojaFaults(u *unit, name string, err error) []fault {
	var list parser.ErrorList
	var syntax *goja.CompilerSyntaxError
	switch {
	case errors.As(err, &list):
		faults := make([]fault, len(list))
		for i, e := range list {
			faults[i] = fault{b.placeIn(u, name, e.Position), e.Message}
		}
		return faults
	case errors.As(err, &syntax) && syntax.File != nil:
		return []fault{{b.placeIn(u, name, syntax.File.Position(syntax.Offset)), syntax.Message}}
	}
	return []fault{{b.placeIn(u, name, file.Position{}), err.Error()}}
}

func (b *bundle) esbuildFaults(name string, messages []api.Message) []fault {
	faults := make([]fault, len(messages))
	for i, m := range messages {
		at := wire.Place{File: name}
		if l := m.Location; l != nil {
			// Column counts bytes from 0.
			at = b.place(name, l.Line, l.Column+1)
		}
		faults[i] = fault{at, m.Text}
	}
	return faults
}
