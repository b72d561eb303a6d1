package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"tenure/internal/memory"
)

func main() {
	memory.LimitHeap()
	os.Exit(run(os.Args[1:]))
}

// run is the program without the end of the process.
func run(args []string) int {
	ctx, stop := untilSignal()
	defer stop()
	return execute(ctx, &program{out: os.Stdout, err: os.Stderr, environ: os.LookupEnv}, args)
}

// execute runs one command line and gives its exit code.
func execute(ctx context.Context, p *program, args []string) int {
	root := p.root()
	root.SetArgs(args)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	var signalled *stoppedError
	if errors.As(context.Cause(ctx), &signalled) {
		return signalled.code()
	}
	if err != nil && !errors.Is(err, errQuiet) {
		p.printError(err, p.json || wantsJSON(args))
	}
	return p.code(err)
}

// wantsJSON reports whether a command line asks for JSON, also where its flags cannot be read as a whole.
func wantsJSON(args []string) bool {
	for i, arg := range args {
		if arg == "--output=json" || arg == "--output" && i+1 < len(args) && args[i+1] == "json" {
			return true
		}
	}
	return false
}

// printError writes an error on stderr: a line of text, or an object with its exit code.
func (p *program) printError(err error, asJSON bool) {
	if !asJSON {
		_, _ = fmt.Fprintf(p.err, "tenure: %v\n", err)
		return
	}
	e := json.NewEncoder(p.err)
	e.SetEscapeHTML(false)
	_ = e.Encode(struct { // there is nowhere left to report that stderr is closed
		Error    string `json:"error"`
		ExitCode int    `json:"exitCode"`
	}{err.Error(), p.code(err)})
}

// stoppedError names the signal that ended the work.
type stoppedError struct{ signal syscall.Signal }

func (e *stoppedError) Error() string { return "stopped by " + e.signal.String() }

func (e *stoppedError) code() int { return signalBase + int(e.signal) }

// signalBase plus a signal's number is what a shell reports for a process that it ended: 130 and 143.
const signalBase = 128

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. The second ends the process at once: what
// was not finished is continued by the next start.
func untilSignal() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		first := &stoppedError{(<-signals).(syscall.Signal)}
		cancel(first)
		<-signals
		os.Exit(first.code())
	}()
	return ctx, func() { signal.Stop(signals) }
}
