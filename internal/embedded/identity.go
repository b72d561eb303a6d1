package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// unprivilegedRoot is where a server that runs as another user keeps its
// files when it cannot reach the state directory, such as below /root.
const unprivilegedRoot = "/var/lib/tenure-embedded"

// identity is a user that the server can run as. PostgreSQL refuses to run as
// root, and initdb refuses a user without a name.
type identity struct {
	name string
	// owner is the user (and group) id that this process must give files to,
	// so that the server may use them.
	owner int
	// place returns the directory for the server's files, given the state
	// directory of the caller.
	place func(dir string) string
	// elsewhere says that the server's files and programs may lie where its
	// user cannot go, so both are kept below unprivilegedRoot.
	elsewhere bool
	// attr returns fresh process attributes; a child must not share them.
	attr func() *syscall.SysProcAttr
}

// self runs the server as the user that we are.
func self() identity {
	return identity{
		name:  "the current user",
		owner: os.Geteuid(),
		place: serverDir,
		attr:  func() *syscall.SysProcAttr { return &syscall.SysProcAttr{} },
	}
}

// command prepares a program that runs as id in dir and is sent sig when this
// process ends. The environment is only what the programs need: a PGDATA or
// PGPORT of the caller must not reach them.
func (id identity) command(ctx context.Context, dir string, sig syscall.Signal, program string,
	args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = id.attr()
	cmd.SysProcAttr.Setpgid = true // a Ctrl-C is ours to handle, not the server's
	dieWithParent(cmd.SysProcAttr, sig)
	return cmd
}

// settle makes place usable for id: it exists, and what is below belongs to
// the user that the server runs as.
func (id identity) settle(dir, place string) error {
	if id.elsewhere {
		if err := os.MkdirAll(unprivilegedRoot, 0o755); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(place, 0o700); err != nil {
		return err
	}
	if id.owner != os.Geteuid() {
		// The server passes through; the files beside it stay 0600 and ours.
		if err := os.Chmod(dir, 0o711); err != nil {
			return err
		}
	}
	return giveTo(place, id.owner)
}

// probe proves that the server's programs run in place.
func (id identity) probe(ctx context.Context, place, binDir string) error {
	cmd := id.command(ctx, place, syscall.SIGKILL, filepath.Join(binDir, "initdb"), "--version")
	if err := runChild(cmd); err != nil {
		return fmt.Errorf("cannot run %s in %s: %w", cmd.Path, place, err)
	}
	return nil
}

// giveTo makes owner the owner of place and all below it. It walks only when
// the top belongs to someone else, which is so after a change of identity.
func giveTo(place string, owner int) error {
	info, err := os.Stat(place)
	if err != nil {
		return err
	}
	if ownerOf(info) == owner || os.Geteuid() != 0 {
		return nil
	}
	return filepath.WalkDir(place, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, owner, owner)
	})
}

func ownerOf(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

// placeFile notes where the server's files are if they are not below the state
// directory, which itself may be moved.
const placeFile = "server-place"

// knownPlace is where the data of a state directory is, "" while there is none.
// A later start as another identity must find it, not make an empty one.
func knownPlace(dir string) string {
	if noted, err := os.ReadFile(filepath.Join(dir, placeFile)); err == nil {
		return string(noted)
	}
	if _, err := os.Stat(filepath.Join(serverDir(dir), "data", "PG_VERSION")); err == nil {
		return serverDir(dir)
	}
	return ""
}

// errNoUser says that PostgreSQL's binaries are here, but no user that they
// would run as.
var errNoUser = errors.New("no user to run PostgreSQL as, it refuses root")

const noUserAdvice = `
What helps, any one of these:
  - start Tenure as an ordinary user
  - allow user namespaces to this process
  - name a running PostgreSQL 15 or newer: set TENURE_POSTGRES_DSN`

// settled is where and as whom a server will run.
type settled struct {
	id     identity
	place  string
	binDir string
}

// settleFirst returns the first identity that can work.
func settleFirst(ctx context.Context, ids []identity, dir, binDir string) (settled, error) {
	var refused []error
	for _, id := range ids {
		found := settled{id: id, place: id.place(dir), binDir: binDir}
		if known := knownPlace(dir); known != "" {
			found.place = known
		}
		err := found.try(ctx, dir)
		if err == nil {
			return found, found.note(dir)
		}
		refused = append(refused, err)
	}
	return settled{}, fmt.Errorf("%w:\n%w%s", errNoUser, errors.Join(refused...), noUserAdvice)
}

// note keeps a place that the state directory does not imply.
func (s settled) note(dir string) error {
	if s.place == serverDir(dir) {
		return nil
	}
	return writePrivate(filepath.Join(dir, placeFile), []byte(s.place))
}

// try settles, with a copy of the programs if the user cannot reach them.
func (s *settled) try(ctx context.Context, dir string) error {
	err := s.id.settle(dir, s.place)
	if err == nil {
		err = s.id.probe(ctx, s.place, s.binDir)
		if err != nil && s.id.elsewhere {
			if s.binDir, err = copyPrograms(s.binDir); err == nil {
				err = s.id.probe(ctx, s.place, s.binDir)
			}
		}
	}
	if err != nil {
		_ = os.Remove(s.place) // goes only if it is empty
		return fmt.Errorf("%s: %w", s.id.name, err)
	}
	return nil
}

// copyPrograms copies a build to where every user can run it, once.
func copyPrograms(binDir string) (string, error) {
	sum := sha256.Sum256([]byte(binDir))
	target := filepath.Join(unprivilegedRoot, "build-"+hex.EncodeToString(sum[:8]))
	if _, err := os.Stat(filepath.Join(target, "bin", "initdb")); err == nil {
		return filepath.Join(target, "bin"), nil
	}
	if err := os.MkdirAll(unprivilegedRoot, 0o755); err != nil {
		return "", err
	}
	making, err := os.MkdirTemp(unprivilegedRoot, "copying-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(making) }()
	build := filepath.Join(making, "build")
	if err := os.CopyFS(build, os.DirFS(filepath.Dir(binDir))); err != nil {
		return "", err
	}
	if err := os.Rename(build, target); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return filepath.Join(target, "bin"), nil
}

// serverDir is the server's part of a state directory.
func serverDir(dir string) string { return filepath.Join(dir, "server") }

// writePrivate replaces a file that only we may read, also through a power cut.
func writePrivate(path string, content []byte) error {
	temporary := path + ".new"
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
