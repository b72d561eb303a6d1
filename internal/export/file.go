package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
)

// partial ends the name of a file that is being written; what a crash leaves is overwritten by the next attempt.
const partial = ".partial"

// fileMode lets only the owner read what is billed.
const fileMode = 0o600

// bufferBytes is what a file holds back before it writes: large enough that a line costs no system call.
const bufferBytes = 64 << 10

// file is written beside its name and gets it when it is whole.
type file struct {
	path string
	to   *os.File
	out  *bufio.Writer
	sum  hash.Hash
	size int64
}

func create(path string) (*file, error) {
	to, err := os.OpenFile(path+partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return &file{path: path, to: to, out: bufio.NewWriterSize(to, bufferBytes), sum: sha256.New()}, nil
}

// Write adds bytes to the file and to its sum.
func (f *file) Write(b []byte) (int, error) {
	f.size += int64(len(b))
	f.sum.Write(b)
	return f.out.Write(b)
}

// finish makes what was written safe and gives the file its name.
func (f *file) finish() error {
	err := f.out.Flush()
	if err == nil {
		err = f.to.Sync()
	}
	if err = errors.Join(err, f.to.Close()); err == nil {
		err = os.Rename(f.path+partial, f.path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		return fmt.Errorf("export: %s: %w", f.path, err)
	}
	return nil
}

// syncFolder makes a rename survive a crash of the machine.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// abandon removes what was written.
func (f *file) abandon() {
	_ = f.to.Close() // it goes away
	_ = os.Remove(f.path + partial)
}

func (f *file) sha256() string { return hex.EncodeToString(f.sum.Sum(nil)) }

// WriteFile writes a whole file: it has its name only with all of its content, whatever happens meanwhile.
func WriteFile(path string, content []byte) error {
	f, err := create(path)
	if err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		f.abandon()
		return fmt.Errorf("export: %s: %w", path, err)
	}
	return f.finish()
}
