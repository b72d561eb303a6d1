package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
)

// fetchTime bounds fetching the Python client: where the package index cannot be reached, the file takes its place.
const fetchTime = 2 * time.Minute

// said runs a program of others and gives its exit code and what it said.
func said(t *testing.T, name string, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), string(out)
	}
	require.NoError(t, err, string(out))
	return exitDone, string(out)
}

// TestConsumers_TheExampleConsumerInGoProvesARun builds examples/consumer-go as its readers do, and gives it the shared
// system's topics.
func TestConsumers_TheExampleConsumerInGoProvesARun(t *testing.T) {
	t.Parallel()
	n := november(t)
	program := filepath.Join(t.TempDir(), "consumer")
	built, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program,
		"../../examples/consumer-go").CombinedOutput()
	require.NoError(t, err, string(built))
	for _, ledger := range []string{"CUSTOMER", "RESELLER", "COST"} {
		code, out := said(t, program, "-brokers", n.Kafka.Brokers[0], "-run", theRun, "-ledger", ledger)
		require.Equal(t, exitDone, code, out)
		require.Contains(t, out, "OK: "+theRun+", 2 lines")
	}
	code, out := said(t, program, "-brokers", n.Kafka.Brokers[0], "-run", "nightly/2030-01-01")
	require.Equal(t, exitTryAgain, code, out)
}

// TestConsumers_TheExampleConsumerInPythonProvesARun reads the topics where its client can be had from the package
// index, and an exported file in any case.
func TestConsumers_TheExampleConsumerInPythonProvesARun(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	program := filepath.Join("..", "..", "examples", "consumer-python", "main.py")
	provesTheFile(t, python, program)
	brokers := november(t).Kafka.Brokers[0]
	withClient, err := pythonWithClient(t, python)
	if err != nil {
		t.Logf("from the file only, without the client: %v", err)
		return
	}
	for _, ledger := range []string{"CUSTOMER", "COST"} {
		code, out := said(t, withClient, program, "--brokers", brokers, "--run", theRun, "--ledger", ledger)
		require.Equal(t, exitDone, code, out)
		require.Contains(t, out, "OK: "+theRun+", 2 lines")
	}
	code, out := said(t, withClient, program, "--brokers", brokers, "--run", "nightly/2030-01-01")
	require.Equal(t, exitTryAgain, code, out)
}

// provesTheFile gives an export to the program, and then one of which a line is missing.
func provesTheFile(t *testing.T, python, program string) {
	t.Helper()
	dir := t.TempDir()
	on(t, exitDone, "invoice", "export", "--run", theRun, "--ledger", "CUSTOMER", "--out", dir)
	file := filepath.Join(dir, "nightly-2026-11-01.CUSTOMER.DKK.csv")
	code, out := said(t, python, program, "--csv", file)
	require.Equal(t, exitDone, code, out)
	require.Contains(t, out, "OK: ")
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	records := bytes.SplitAfter(raw, []byte("\r\n"))
	require.NoError(t, os.WriteFile(file, bytes.Join(append(records[:1:1], records[2:]...), nil), 0o600))
	code, out = said(t, python, program, "--csv", file)
	require.Equal(t, exitMismatch, code, out)
	require.Contains(t, out, "NOT WHOLE")
}

// pythonWithClient makes an environment with the client that requirements.txt names.
func pythonWithClient(t *testing.T, python string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), fetchTime)
	defer cancel()
	dir, err := os.MkdirTemp("", "venv")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // as far as it can: what was killed in time may still end
	home := filepath.Join(dir, "venv")
	inside := filepath.Join(home, "bin", "python")
	for _, line := range [][]string{
		{python, "-m", "venv", home},
		{inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r",
			filepath.Join("..", "..", "examples", "consumer-python", "requirements.txt")},
	} {
		fetch := exec.CommandContext(ctx, line[0], line[1:]...)
		fetch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with the programs that it starts itself
		fetch.Cancel = func() error { return syscall.Kill(-fetch.Process.Pid, syscall.SIGKILL) }
		if out, err := fetch.CombinedOutput(); err != nil {
			return "", errors.New(string(out))
		}
	}
	return inside, nil
}

// TestConsumers_AnIntegrationSaysWhatItBooked acknowledges one ledger of the run, with a line that is refused first.
func TestConsumers_AnIntegrationSaysWhatItBooked(t *testing.T) {
	t.Parallel()
	base := []string{"invoice", "acknowledge", "--run", theRun, "--integration", "sample-sync", "--ledger", "CUSTOMER"}
	var list []bookingView
	show := func(more ...string) []bookingView {
		list = nil
		asJSON(t, exitDone, &list, append(append(base, "--list"), more...)...)
		return list
	}
	require.Len(t, show(), 1)
	require.Nil(t, list[0].At, "never acknowledged")
	dir := t.TempDir()
	on(t, exitDone, "invoice", "export", "--run", theRun, "--ledger", "CUSTOMER", "--out", dir)
	file := filepath.Join(dir, "nightly-2026-11-01.CUSTOMER.DKK.csv")
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	line := string(bytes.Split(bytes.Split(raw, []byte("\r\n"))[1], []byte(","))[0])

	require.Contains(t, on(t, exitUsage, append(base, "--all")...).err, "use --yes")
	on(t, exitDone, append(base, "--all", "--dry-run")...)
	require.Empty(t, show()[0].Refused, "nothing was sent")
	got := on(t, exitDone, append(base, "--all", "--refused", line, "--message", "Unknown account", "--yes")...)
	require.Contains(t, got.out, "billing.acknowledged.v1")
	require.Equal(t, "Unknown account", show()[0].Refused[0].Message)
	require.EqualValues(t, 1, list[0].Booked)
	require.Contains(t, on(t, exitDone, append(base, "--list")...).out, "refused: Unknown account")
	on(t, exitDone, append(base, "--lines", file, "--yes")...)
	require.True(t, show()[0].Whole)
	require.Empty(t, show("--open"))
	require.Contains(t, on(t, exitDone, append(base, "--lines", file, "--yes")...).out, "unchanged")

	stranger := "3b8f2f44-6d53-5c1e-9f0a-000000000001"
	require.Contains(t, on(t, exitMismatch, append(base, "--all", "--refused", stranger, "--message", "m",
		"--yes")...).err, "not among those of")
	require.Contains(t, on(t, exitUsage, append(base, "--all", "--refused", "x", "--message", "m")...).err,
		"is not the id of a line")
	require.Contains(t, on(t, exitUsage, append(base, "--all", "--refused", stranger, "--refused", line)...).err,
		"give one for all")
	require.Contains(t, on(t, exitUsage, append(base, "--lines", filepath.Join(dir, "manifest.json"))...).err,
		"is not the id of a line")
	require.Contains(t, on(t, exitDone, "invoice", "verify", "--run", theRun).out, "everything is there",
		"what integrations say is no part of the run")
	published := firstAcknowledged(t)
	require.Equal(t, contract.BillingDocuments, published.Topic)
}

// firstAcknowledged waits until an acknowledgement stands on the topic of its ledger.
func firstAcknowledged(t *testing.T) (found bus.Message) {
	t.Helper()
	lookup, err := bus.NewTopicReader(november(t).Kafka)
	require.NoError(t, err)
	defer lookup.Close()
	require.Eventually(t, func() bool {
		err := lookup.ReadAll(t.Context(), []string{contract.BillingDocuments}, nil, func(m bus.Message) error {
			if string(m.Header("ce_type")) == "billing.acknowledged.v1" {
				found = m
			}
			return nil
		})
		return err == nil && found.Topic != ""
	}, patience, look)
	return found
}
