package worker

import (
	"path"

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
}

// fault is a mistake that keeps a file from compiling.
type fault struct {
	wire.Place
	Message string
}

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

// compile gives goja the author's own text where it can parse that, so that nothing is between an error and its line;
// else what esbuild makes of it.
func (b *bundle) compile(name string) *unit {
	source := b.files[name]
	if path.Ext(name) == ".ts" {
		return b.lower(name, source, nil)
	}
	tree, err := goja.Parse(name, source, parser.WithDisableSourceMaps)
	if err != nil {
		return b.lower(name, source, err)
	}
	u := &unit{tree: tree}
	b.assemble(u, name)
	return u
}

// assemble makes the module's function of a parsed file and compiles it.
func (b *bundle) assemble(u *unit, name string) {
	program, err := goja.CompileAST(moduleFunction(u.tree), false)
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
