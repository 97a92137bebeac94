package worker

import (
	"path"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/unistring"

	"claviger/jsbridge/wire"
)

// unit is one compiled file: a function of the variables that a CommonJS module sees.
type unit struct {
	program *goja.Program // its value is the function; nil where mistakes says why
	lowered bool          // went through esbuild: columns are its source map's
	tree    *ast.Program
	faults  []fault

	asyncIterator bool // may use Symbol.asyncIterator, which goja does not have
}

// fault is a mistake that keeps a file from compiling.
type fault struct {
	wire.Place
	Message string
}

// The text around a module that esbuild has made: its function cannot be made as a tree, because only in a function may
// the text have a return.
const (
	moduleHead = "(function (exports, require, module, __filename, __dirname) {"
	moduleTail = "})"
)

// moduleVariables are the parameters of every module's function.
var moduleVariables = []unistring.String{"exports", "require", "module", "__filename", "__dirname"}

// unit compiles a file, once.
func (b *bundle) unit(name string) (*unit, error) {
	if u, ok := b.units[name]; ok {
		return u, nil
	}
	if err := b.announce(wire.Place{File: name}); err != nil {
		return nil, err
	}
	u := b.compile(name)
	b.units[name] = u
	return u, b.announce(wire.Place{})
}

// compile gives goja the author's own text where it can compile that, so that nothing is between an error and its line;
// else what esbuild makes of it. Async generators are what goja parses and does not compile.
func (b *bundle) compile(name string) *unit {
	source := b.files[name]
	if path.Ext(name) == ".ts" {
		return b.lower(name, source, nil)
	}
	tree, err := parse(name, source)
	if err != nil {
		return b.lower(name, source, err)
	}
	u := &unit{tree: tree, asyncIterator: strings.Contains(source, "asyncIterator")}
	b.assemble(u, name, moduleFunction(tree))
	if u.program == nil {
		if lowered := b.lower(name, source, nil); lowered.program != nil {
			return lowered
		}
	}
	return u
}

// parse is goja's parser. It never reads the source map that a comment names: that could be any file.
func parse(name, source string) (*ast.Program, error) {
	return parser.ParseFile(nil, name, source, 0, parser.WithDisableSourceMaps)
}

// assemble compiles the program whose value is the module's function.
func (b *bundle) assemble(u *unit, name string, module *ast.Program) {
	program, err := goja.CompileAST(module, false)
	if err != nil {
		u.faults = b.gojaFaults(u, name, err)
		return
	}
	u.program = program
}

// moduleFunction is a program whose value is function (exports, require, …) { tree }. Made as a tree and not as text, it
// leaves every position as it was.
func moduleFunction(tree *ast.Program) *ast.Program {
	params := &ast.ParameterList{Opening: 1, Closing: 1}
	for _, name := range moduleVariables {
		params.List = append(params.List, &ast.Binding{Target: &ast.Identifier{Name: name, Idx: 1}})
	}
	return &ast.Program{File: tree.File, Body: []ast.Statement{&ast.ExpressionStatement{Expression: &ast.FunctionLiteral{
		Function:        1,
		ParameterList:   params,
		Body:            &ast.BlockStatement{LeftBrace: 1, List: tree.Body, RightBrace: 1},
		DeclarationList: tree.DeclarationList,
	}}}}
}
