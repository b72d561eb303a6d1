package embedded

import (
	"os"
	"path/filepath"
	"time"
)

const (
	temporaryPrefix = "tenure-postgres-"
	// temporaryAgeMin spares a directory that is being made right now and is
	// not locked yet.
	temporaryAgeMin = time.Minute
)

// openTemporary makes and locks its own directory, after removing those
// that killed processes left behind.
func (p *Postgres) openTemporary() error {
	sweepTemporary(os.TempDir(), time.Now())
	dir, err := os.MkdirTemp("", temporaryPrefix)
	if err != nil {
		return err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	p.dir, p.temporary = dir, true
	p.lock, err = lockDir(dir)
	return err
}

// sweepTemporary removes temporary directories of ours that nobody holds.
// Whatever it cannot remove stays for the next sweep.
func sweepTemporary(parent string, now time.Time) {
	left, err := filepath.Glob(filepath.Join(parent, temporaryPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		if !sweepable(dir, now) {
			continue
		}
		lock, err := lockDir(dir)
		if err != nil {
			continue
		}
		place := knownPlace(dir)
		if place != "" && endOrphans(filepath.Join(place, "data")) == nil {
			_ = os.RemoveAll(place)
		}
		_ = os.RemoveAll(dir)
		lock.release()
	}
}

// sweepable reports whether it is a directory of ours, and old enough not to be one that is just being made.
func sweepable(dir string, now time.Time) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir() && ownerOf(info) == os.Geteuid() && now.Sub(info.ModTime()) >= temporaryAgeMin
}
