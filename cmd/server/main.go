// Command claviger runs and checks connectors: one binary with an embedded database.
//
//	claviger [serve]           run the server
//	claviger validate PATH…    check connector folders
//	claviger call PATH METHOD  run one method of one connector
//	claviger keys …            create, list and revoke API keys
//	claviger rotate            change the encryption key of stored records
//	claviger help mapping      the reference of the mapping language
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"claviger/jsbridge/worker"
)

// commands is the whole command line. A flag's environment variable is CLAVIGER_ and its name.
type commands struct {
	Config configFile `help:"YAML file with values for flags, by their names" placeholder:"FILE"`

	Serve    serveCommand    `cmd:"" default:"withargs" help:"Run the server (the default)."`
	Validate validateCommand `cmd:"" help:"Check connector folders."`
	Call     callCommand     `cmd:"" help:"Run one method of one connector and print its result as JSON."`
	Keys     keysCommand     `cmd:"" help:"Create, list and revoke API keys."`
	Rotate   rotateCommand   `cmd:"" help:"Change the encryption key of stored records, one step after the other."`
	Help     helpCommand     `cmd:"" help:"Print a reference."`
	Version  versionCommand  `cmd:"" help:"Print the version."`

	Test laterCommand `cmd:"" passthrough:"" help:"Run connectors in the test harness (not supported by this version)."`
	New  laterCommand `cmd:"" passthrough:"" help:"Write a new connector folder (not supported by this version)."`
}

// world is what commands reach the outside through.
type world struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// exit is an error that has been told already; its number is the exit status.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	worker.MaybeRun() // a hook worker is this binary too
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(run(&world{ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}, os.Args[1:]))
}

// run is the whole program: 0 fine, 1 the command failed, 2 unusable arguments.
func run(w *world, args []string) int {
	log.SetFlags(0)
	log.SetOutput(io.Discard) // libraries quote what others have sent
	var c commands
	parser, err := kong.New(&c, kong.Name("claviger"), kong.Description("A declarative connector runtime."),
		kong.DefaultEnvars("CLAVIGER"), kong.Vars{"data": defaultData}, kong.Writers(w.stdout, w.stderr), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { panic(exit(code)) }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(w.stderr, "claviger:", err)
		return 2
	}
	parsed, ended, err := parse(parser, args)
	if ended >= 0 {
		return ended
	}
	if err != nil {
		fmt.Fprintf(w.stderr, "claviger: %v; `claviger --help` lists what there is\n", err)
		return 2
	}
	for _, sentence := range misspelt(parser, os.Environ()) {
		fmt.Fprintln(w.stderr, "claviger:", sentence)
	}
	var told exit
	switch err := parsed.Run(w); {
	case err == nil:
		return 0
	case errors.As(err, &told):
		return int(told)
	default:
		fmt.Fprintln(w.stderr, "claviger:", err)
		return 1
	}
}

// parse reads the arguments. --help ends the program from within: ended is its status then, and -1 otherwise.
func parse(parser *kong.Kong, args []string) (parsed *kong.Context, ended int, err error) {
	ended = -1
	defer func() {
		switch e := recover().(type) {
		case nil:
		case exit:
			ended = int(e)
		default:
			panic(e)
		}
	}()
	parsed, err = parser.Parse(args)
	return parsed, ended, err
}

// laterCommand is a command of the contract that this version does not have yet.
type laterCommand struct {
	Args []string `arg:"" optional:""`
}

// Run refuses.
func (laterCommand) Run(w *world) error {
	fmt.Fprintln(w.stderr, "claviger: not_supported: this command is not supported by this version")
	return exit(2)
}
