package embedded

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

const (
	// serverUser owns everything in an embedded server.
	serverUser = "tenure"
	// defaultDatabase is the database that DSN names.
	defaultDatabase = "tenure"
	// maintenanceDatabase always exists; databases are created from it.
	maintenanceDatabase = "postgres"
	// accessFile holds the address with its password, readable by us alone.
	accessFile = "postgres.dsn"
	// logTailBytes is how much of the server's log an error quotes.
	logTailBytes = 2000
	// logBytesMax is the size at which a start sets the old log aside.
	logBytesMax = 10 << 20
)

// errPortTaken says that someone bound the chosen port first.
var errPortTaken = errors.New("port taken")

// access is how to reach a server.
type access struct {
	Port     int
	Password string
}

func (a access) dsn(database string) string {
	address := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(serverUser, a.Password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(a.Port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return address.String()
}

func (a access) save(dir string) error {
	return writePrivate(filepath.Join(dir, accessFile), []byte(a.dsn(defaultDatabase)+"\n"))
}

func loadAccess(dir string) (access, error) {
	content, err := os.ReadFile(filepath.Join(dir, accessFile))
	if err != nil {
		return access{}, err
	}
	address, err := url.Parse(string(bytes.TrimSpace(content)))
	if err != nil || address.User == nil {
		return access{}, fmt.Errorf("%s in %s holds no address", accessFile, dir)
	}
	port, err := strconv.Atoi(address.Port())
	if err != nil {
		return access{}, fmt.Errorf("%s in %s holds no port", accessFile, dir)
	}
	password, _ := address.User.Password()
	return access{Port: port, Password: password}, nil
}

// cluster is a data directory with the programs that serve it and the user
// that they run as.
type cluster struct {
	settled
	opts PostgresOptions
}

func (c cluster) dataDir() string { return filepath.Join(c.place, "data") }

func (c cluster) logPath() string { return filepath.Join(c.place, "postgres.log") }

// ensure makes the data directory if there is none, and says how it will be
// reached. The port of the last start is kept if it is free, so that addresses
// noted elsewhere stay valid.
func (c cluster) ensure(ctx context.Context, dir string) (access, error) {
	var reach access
	var err error
	if c.exists() {
		if reach, err = loadAccess(dir); err != nil {
			return access{}, fmt.Errorf("data without its address: %w; move %s away to start again", err, dir)
		}
	} else {
		reach.Password = rand.Text()
		// Saved first: a kill must never leave data without its password.
		if err := reach.save(dir); err != nil {
			return access{}, err
		}
		if err := c.create(ctx, reach.Password); err != nil {
			return access{}, err
		}
	}
	if reach.Port == 0 || !portFree(reach.Port) {
		reach.Port, err = freePort()
	}
	return reach, err
}

// exists looks for the file that initdb writes early; create renames a
// finished directory into place, so a half-made one is never found.
func (c cluster) exists() bool {
	_, err := os.Stat(filepath.Join(c.dataDir(), "PG_VERSION"))
	return err == nil
}

// dataMajor is the major version that made the data of a state directory, 0
// where there is none yet.
func dataMajor(dir string) int {
	content, err := os.ReadFile(filepath.Join(knownPlace(dir), "data", "PG_VERSION"))
	if err != nil {
		return 0
	}
	major, _ := strconv.Atoi(string(bytes.TrimSpace(content)))
	return major
}

// create runs initdb beside the data directory and moves the result there.
func (c cluster) create(ctx context.Context, password string) error {
	making := c.dataDir() + ".new"
	if err := os.RemoveAll(making); err != nil {
		return err
	}
	secret := filepath.Join(c.place, "initial-password")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(secret) }()
	if err := os.Lchown(secret, c.id.owner, -1); err != nil {
		return err
	}
	args := []string{
		"-D", making, "-U", serverUser, "--pwfile=" + secret, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C",
	}
	if c.opts.Ephemeral {
		args = append(args, "--no-sync")
	} else {
		args = append(args, "--data-checksums") // a flipped bit is an error, not an invoice
	}
	cmd := c.id.command(ctx, c.place, syscall.SIGKILL, filepath.Join(c.binDir, "initdb"), args...)
	output, err := outputOf(cmd)
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, tail(output))
	}
	return os.Rename(making, c.dataDir())
}

// serverCommand prepares the server. It ends with us: at once if nobody will
// start it again, else after a clean shutdown.
func (c cluster) serverCommand(port int) *exec.Cmd {
	sig := syscall.SIGINT
	if c.opts.Dir == "" {
		sig = syscall.SIGQUIT
	}
	settings := serverSettings(c.opts.Ephemeral, port, c.opts.Settings)
	if _, chosen := settings[walCompression]; !chosen {
		settings[walCompression] = c.bestWALCompression()
	}
	args := append([]string{"-D", c.dataDir()}, settingFlags(settings)...)
	return c.id.command(context.Background(), c.place, sig, filepath.Join(c.binDir, "postgres"), args...)
}

const walCompression = "wal_compression"

// bestWALCompression is lz4 where the build has it, for a third of the WAL at
// little cost, and otherwise the method that every build has.
func (c cluster) bestWALCompression() string {
	cmd := c.id.command(context.Background(), c.place, syscall.SIGKILL, filepath.Join(c.binDir, "postgres"),
		"-D", c.dataDir(), "-C", walCompression, "-c", walCompression+"=lz4")
	if _, err := outputOf(cmd); err != nil {
		return "pglz"
	}
	return "lz4"
}

// openLog opens the server's log for appending, setting a large one aside, and
// returns its size.
func (c cluster) openLog() (*os.File, int64, error) {
	info, err := os.Stat(c.logPath())
	size := int64(0)
	if err == nil {
		size = info.Size()
	}
	if size > logBytesMax {
		if err := os.Rename(c.logPath(), c.logPath()+".old"); err != nil {
			return nil, 0, err
		}
		size = 0
	}
	file, err := os.OpenFile(c.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	return file, size, err
}

// explain adds to an error what the server has logged since the offset, which
// is the log's size before the start that failed.
func (c cluster) explain(err error, since int64) error {
	content, readErr := os.ReadFile(c.logPath())
	if readErr != nil || int64(len(content)) < since {
		return err
	}
	end := tail(content[since:])
	if bytes.Contains(end, []byte("could not bind")) {
		err = fmt.Errorf("%w: %w", errPortTaken, err)
	}
	return fmt.Errorf("%w; end of %s:\n%s", err, c.logPath(), end)
}

func tail(content []byte) []byte {
	return bytes.TrimSpace(content[max(0, len(content)-logTailBytes):])
}

// outputOf runs a child and returns what it printed.
func outputOf(cmd *exec.Cmd) ([]byte, error) {
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, io.Writer(&output)
	err := runChild(cmd)
	return output.Bytes(), err
}

func portFree(port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
