package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// startMax bounds the wait for a server to accept connections. A start is
	// a second; after a kill the replay of 4 GB of WAL may take most of this.
	startMax = 3 * time.Minute
	// readyPollEvery is how often a starting server is asked.
	readyPollEvery = 15 * time.Millisecond
	// portTriesMax bounds the starts that lose their port to someone else
	// between choosing and binding it.
	portTriesMax = 5
	// fastStopMax is how long a stop may take to roll back and checkpoint
	// before it is made immediate, which the next start then recovers from.
	fastStopMax = 30 * time.Second
	// immediateStopMax is how long an immediate stop may take before SIGKILL.
	immediateStopMax = 5 * time.Second
)

// PostgresOptions say where a private server keeps its files and how careful
// it is with them.
type PostgresOptions struct {
	// Dir holds the data, the address and the password over restarts. Empty
	// means a temporary directory that Stop removes.
	Dir string
	// CacheDir keeps fetched binaries; empty means defaultCacheDir.
	CacheDir string
	// Source chooses where binaries come from; empty means the environment's
	// TENURE_POSTGRES, and then sourceAny.
	Source string
	// Ephemeral trades safety against a power cut for speed, for tests and
	// demonstrations: the data outlives processes, not the machine.
	Ephemeral bool
	// Settings are server settings that win over the built-in ones.
	Settings map[string]string
	// Log receives progress; nil means silence. No statement reaches it.
	Log *slog.Logger

	users []identity // tests choose them; nil means identities()
}

// Postgres is a running private server.
type Postgres struct {
	dir       string
	place     string
	temporary bool
	access    access
	lock      *dirLock
	process   *os.Process
	exited    chan struct{}
	exitErr   error // set before exited is closed
	stop      sync.Once
	stopErr   error
}

// StartPostgres starts a server on the directory and returns once it accepts
// connections: about a second for a new directory. It fails with errDirInUse
// where another process holds the directory, and with an error that names
// every way tried where no binaries can be had.
func StartPostgres(ctx context.Context, opts PostgresOptions) (*Postgres, error) {
	server, err := startPostgres(ctx, opts.withDefaults())
	if err != nil {
		return nil, fmt.Errorf("embedded: start PostgreSQL: %w", err)
	}
	return server, nil
}

func (o PostgresOptions) withDefaults() PostgresOptions {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.CacheDir == "" {
		o.CacheDir = defaultCacheDir()
	}
	if o.Source == "" {
		o.Source = os.Getenv("TENURE_POSTGRES")
	}
	return o
}

func (o PostgresOptions) identities() []identity {
	if o.users != nil {
		return o.users
	}
	return identities()
}

func startPostgres(ctx context.Context, opts PostgresOptions) (_ *Postgres, err error) {
	server, err := openPlace(opts)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = server.leave()
		}
	}()
	// An existing data directory works with its own major version only.
	binDir, err := findBinaries(ctx, opts, dataMajor(server.dir))
	if err != nil {
		return nil, err
	}
	where, err := settleFirst(ctx, opts.identities(), server.dir, binDir)
	if err != nil {
		return nil, err
	}
	server.place = where.place
	c := cluster{settled: where, opts: opts}
	if err := endOrphans(c.dataDir()); err != nil {
		return nil, err
	}
	server.access, err = c.ensure(ctx, server.dir)
	if err != nil {
		return nil, err
	}
	if err := server.run(ctx, c); err != nil {
		return nil, err
	}
	opts.Log.Info("PostgreSQL is ready", "port", server.access.Port, "binaries", c.binDir, "as", c.id.name)
	return server, nil
}

// openPlace locks the state directory, making a temporary one if none is named.
func openPlace(opts PostgresOptions) (*Postgres, error) {
	server := &Postgres{exited: make(chan struct{})}
	if opts.Dir == "" {
		return server, server.openTemporary()
	}
	if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, err
	}
	// The server reports its directory with links resolved, and orphans are
	// recognised by it.
	dir, err := filepath.Abs(opts.Dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, err
	}
	server.dir = dir
	server.lock, err = lockDir(dir)
	return server, err
}

// run starts the server and waits until it is ready, on another port if the
// chosen one was taken meanwhile.
func (p *Postgres) run(ctx context.Context, c cluster) error {
	ctx, cancel := context.WithTimeout(ctx, startMax)
	defer cancel()
	for try := 1; ; try++ {
		err := p.runOnce(ctx, c)
		if err == nil {
			return p.access.save(p.dir)
		}
		if !errors.Is(err, errPortTaken) || try == portTriesMax {
			return err
		}
		if p.access.Port, err = freePort(); err != nil {
			return err
		}
		p.exited = make(chan struct{})
	}
}

func (p *Postgres) runOnce(ctx context.Context, c cluster) error {
	log, since, err := c.openLog()
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := c.serverCommand(p.access.Port)
	cmd.Stdout, cmd.Stderr = log, log
	if err := startChild(cmd); err != nil {
		return err
	}
	p.process = cmd.Process
	go p.watch(cmd)
	if err := p.awaitReady(ctx); err != nil {
		p.end(context.WithoutCancel(ctx))
		return c.explain(err, since)
	}
	return nil
}

func (p *Postgres) watch(cmd *exec.Cmd) {
	p.exitErr = cmd.Wait()
	close(p.exited)
}

func (p *Postgres) awaitReady(ctx context.Context) error {
	ticker := time.NewTicker(readyPollEvery)
	defer ticker.Stop()
	for {
		conn, err := pgx.Connect(ctx, p.access.dsn(maintenanceDatabase))
		if err == nil {
			defer func() { _ = conn.Close(ctx) }()
			return ensureDatabase(ctx, conn, defaultDatabase)
		}
		select {
		case <-p.exited:
			return fmt.Errorf("server ended while starting: %w", p.exitErr)
		case <-ctx.Done():
			return fmt.Errorf("server not ready: %w (last answer: %w)", ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

// DSN is the address of the default database with its user and password, for
// pgx, psql and other processes on this machine.
func (p *Postgres) DSN() string { return p.access.dsn(defaultDatabase) }

// Exited is closed when the server has ended, asked to or not.
func (p *Postgres) Exited() <-chan struct{} { return p.exited }

// Stop ends the server, cleanly if it can within ctx and 30 s, else as a crash
// that the next start recovers from, and releases the directory. A server in a
// temporary directory is ended at once. Calling it again returns what the
// first call did.
func (p *Postgres) Stop(ctx context.Context) error {
	if p == nil {
		return nil // a start that failed has nothing to stop
	}
	p.stop.Do(func() {
		p.end(ctx)
		if err := p.leave(); err != nil {
			p.stopErr = fmt.Errorf("embedded: stop PostgreSQL: %w", err)
		}
	})
	return p.stopErr
}

// end ends the process for certain: each signal is sharper than the last.
func (p *Postgres) end(ctx context.Context) {
	if !p.temporary && p.signalAndWait(ctx, syscall.SIGINT, fastStopMax) {
		return
	}
	if p.signalAndWait(context.WithoutCancel(ctx), syscall.SIGQUIT, immediateStopMax) {
		return
	}
	_ = p.process.Kill()
	<-p.exited
}

// signalAndWait reports whether the process has ended within the limit.
func (p *Postgres) signalAndWait(ctx context.Context, sig syscall.Signal, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	_ = p.process.Signal(sig)
	select {
	case <-p.exited:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave releases the directory, and removes it if it was only ours.
func (p *Postgres) leave() error {
	var err error
	if p.temporary {
		err = errors.Join(os.RemoveAll(p.dir), p.removePlace())
	}
	p.lock.release()
	return err
}

// removePlace removes the server's files where they lie elsewhere.
func (p *Postgres) removePlace() error {
	if p.place == "" {
		return nil
	}
	return os.RemoveAll(p.place)
}
