package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// callCommand runs one method as the engine would, or evaluates a single mapping file.
type callCommand struct {
	Path        string   `arg:"" help:"The connector's folder."`
	Method      string   `arg:"" help:"A method such as getOAuthConfig, or mapping."`
	File        string   `arg:"" optional:"" help:"With mapping: the mapping file."`
	Args        string   `default:"{}" help:"The method's arguments: a file, - for standard input, or JSON." placeholder:"FILE|-|JSON"`
	Option      string   `help:"The auth option; empty: the auth block itself." placeholder:"KEY"`
	EgressAllow []string `help:"Open an address that the guard against private networks refuses; repeatable." placeholder:"CIDR|HOST"`
	Verbose     bool     `help:"Print console output on standard error."`
	hookLimits
}

// Run prints the result on stdout. A failure is one line on stderr: file:line:col: message.
func (c callCommand) Run(w *world) error {
	c.Path = filepath.Clean(c.Path)
	arguments, err := c.arguments(w)
	if err != nil {
		fmt.Fprintln(w.stderr, "claviger: --args:", err)
		return exit(2)
	}
	var result any
	switch {
	case c.Method == "mapping" && c.File == "":
		fmt.Fprintln(w.stderr, "claviger: expected a mapping file behind the word mapping")
		return exit(2)
	case c.Method == "mapping":
		result, err = c.mapping(arguments)
	case c.File != "":
		fmt.Fprintf(w.stderr, "claviger: unexpected %s: only mapping takes a file\n", c.File)
		return exit(2)
	default:
		result, err = c.method(w, arguments)
	}
	if err != nil {
		return c.failed(w, err)
	}
	text, err := value.Encode(result)
	if err != nil {
		return c.failed(w, err)
	}
	fmt.Fprintln(w.stdout, string(text))
	return nil
}

// arguments reads --args: standard input, JSON as such, or a file.
func (c callCommand) arguments(w *world) (*value.Object, error) {
	switch {
	case c.Args == "-":
		source, err := io.ReadAll(w.stdin)
		if err != nil {
			return nil, err
		}
		return value.DecodeObject(source)
	case strings.HasPrefix(strings.TrimSpace(c.Args), "{"):
		return value.DecodeObject([]byte(c.Args))
	}
	source, err := os.ReadFile(c.Args)
	if err != nil {
		return nil, fmt.Errorf("expected a file, - or a JSON object: %w", err)
	}
	return value.DecodeObject(source)
}

// failed prints the one line of a failure.
func (c callCommand) failed(w *world, err error) error {
	var findings finding.List
	var hook *jsbridge.Error
	var eval *mapping.EvalError
	var placed *placedError
	at, message := finding.Pos{File: c.Path + "/spec.yml"}, err.Error()
	if c.Method == "mapping" {
		at.File = c.File
	}
	switch {
	case errors.As(err, &findings):
		for _, f := range findings {
			if f.Severity == finding.Error {
				at, message = f.Pos, f.Text()
				break
			}
		}
	case errors.As(err, &hook):
		at, message = finding.Pos{File: c.Path + "/" + hook.File, Line: hook.Line, Col: hook.Col}, hook.Message
	case errors.As(err, &eval):
		at, message = eval.Pos, eval.Message
		if c.Method != "mapping" {
			at.File = c.Path + "/" + at.File
		}
	case errors.As(err, &placed):
		at, message = placed.at, placed.err.Error()
		at.File = c.Path + "/" + at.File
	}
	fmt.Fprintf(w.stderr, "%s: %s\n", at, strings.Join(strings.Fields(message), " "))
	return exit(1)
}

// mapping evaluates a single file, by no rules about URIs or headers.
func (c callCommand) mapping(arguments *value.Object) (any, error) {
	source, err := os.ReadFile(c.File)
	if err != nil {
		return nil, err
	}
	node, findings := yamlpos.Parse(c.File, source)
	if err := findings.Err(); err != nil {
		return nil, err
	}
	program, findings := mapping.Compile(node, mapping.Options{})
	if err := findings.Sort().Err(); err != nil {
		return nil, err
	}
	return program.Eval(arguments, environment())
}

func environment() mapping.Env { return mapping.Env{Now: time.Now, Random: rand.Reader} }

// method runs one method of the connector.
func (c callCommand) method(w *world, arguments *value.Object) (any, error) {
	folders, err := connectors.Load(w.ctx, []connectors.Source{connectors.Dir(c.Path)}, nil)
	if err != nil {
		return nil, err
	}
	if len(folders) != 1 {
		return nil, fmt.Errorf("expected the folder of one connector, found %d", len(folders))
	}
	if err := folders[0].Located().Err(); err != nil {
		return nil, err
	}
	connector := folders[0].Connector
	auth, ok := connector.Option(c.Option)
	if !ok {
		return nil, fmt.Errorf("there is no auth option %q", c.Option)
	}
	impl, ok := auth.Methods[connectors.Method(c.Method)]
	if !ok {
		return nil, c.noMethod(auth)
	}
	bothNames(arguments, "connectionInput", "connectionParameters")
	bothNames(arguments, "externalApiClient", "apiClient")
	withDefaults(arguments, connector.Parameters, "connectorParameters")
	withDefaults(arguments, auth.Input, "connectionParameters", "connectionInput")
	if c.Method == string(connectors.MakeAPIClient) {
		credentials, _ := arguments.Get("credentials").(*value.Object)
		input, _ := arguments.Get("connectionParameters").(*value.Object)
		arguments.Set("credentials", auth.ClientCredentials(credentials, input))
	}
	switch impl.Kind {
	case connectors.KindMapping:
		return impl.Mapping.Eval(arguments, environment())
	case connectors.KindNotSupported:
		return nil, fmt.Errorf("%s is declared not-supported", c.Method)
	}
	r, err := c.newCallRun(w, connector, auth, arguments)
	if err != nil {
		return nil, err
	}
	defer r.pool.Close()
	return r.run(connectors.Method(c.Method), arguments)
}

// bothNames gives an argument both of its names.
func bothNames(arguments *value.Object, a, b string) {
	for _, names := range [][2]string{{a, b}, {b, a}} {
		if arguments.Has(names[0]) && !arguments.Has(names[1]) {
			arguments.Set(names[1], arguments.Get(names[0]))
		}
	}
}

// withDefaults lays parameters over the defaults of their schema, as the engine does. What is given and is no object stays.
func withDefaults(arguments *value.Object, schema *connectors.Schema, names ...string) {
	given, ok := arguments.Get(names[0]).(*value.Object)
	if arguments.Has(names[0]) && !ok {
		return
	}
	all := schema.Apply(given)
	if given == nil && all.Len() == 0 {
		return
	}
	for _, name := range names {
		arguments.Set(name, all)
	}
}

func (c callCommand) noMethod(auth *connectors.Auth) error {
	var names []string
	for _, rule := range connectors.Methods() {
		if auth.Has(rule.Method) {
			names = append(names, string(rule.Method))
		}
	}
	return fmt.Errorf("the connector does not implement %q%s", c.Method, suggestion(c.Method, names))
}
