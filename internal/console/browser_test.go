package console_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

const (
	// envAxe names axe.min.js of the npm package axe-core; make test-console fetches it.
	envAxe = "TENURE_AXE"
	// envPictures names a directory for a picture of each page; make pictures sets it.
	envPictures = "TENURE_PICTURES"
	// browserPatience is for all pages: axe-core looks at each for seconds, and for minutes where the machine is busy.
	browserPatience = 9 * time.Minute
)

// TestConsole_InABrowser opens every page in Chromium, at the size of a desk and of a phone, and has axe-core look at
// it. It is skipped where Chromium is not installed: make test-console installs both on Debian.
func TestConsole_InABrowser(t *testing.T) {
	t.Parallel()
	program := chromium()
	if program == "" {
		t.Skip("Chromium is not installed: make test-console")
	}
	s := start(t)
	v := s.signedIn()
	_, _ = v.act("/switches", "halt", map[string][]string{"of": {"deletions"},
		"reason": {"extensions are listed by mistake"}})
	ctx := browser(t, program)
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Navigate("http://"+s.node.Console+"/login"), chromedp.SendKeys("#token", s.token, chromedp.ByID),
		chromedp.Submit("#token", chromedp.ByID), shown(".lamps")))
	for name, path := range map[string]string{
		"tonight": "/", "runs": "/runs", "run": "/runs/nightly/2026-11-01", "employee": "/employees/" + employee,
		"parked": "/parked",
		"flow":   "/flow", "documents": "/documents", "switches": "/switches", "cluster": "/cluster", "proofs": "/proofs",
		"replays": "/replays", "moment": "/employees/" + employee + "?at=2026-10-31T12:00",
		"held": "/held/nightly/2026-11-01?reason=HELD",
	} {
		t.Run(name, func(t *testing.T) { // one browser
			see(ctx, t, s, name, path)
		})
	}
	t.Run("many pages are walked while nothing moves", func(t *testing.T) { walk(ctx, t, s) })
	t.Run("a parked message is edited and applied by hand", func(t *testing.T) { editByHand(ctx, t, s) })
	t.Run("a run is approved by hand", func(t *testing.T) { approveByHand(ctx, t, s) })
}

// walk opens more pages that move than a browser opens connections to a server, and goes back: a page that was left
// holds none, and one that is shown again is read again.
func walk(ctx context.Context, t *testing.T, s *system) {
	t.Helper()
	const (
		pages = 9
		mark  = `document.querySelector("main").append(Object.assign(document.createElement("i"), {id: "before"}))`
		again = `location.search === "?walk=7" && !document.getElementById("before")`
	)
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for i := range pages {
		require.NoError(t, chromedp.Run(limited,
			chromedp.Navigate(fmt.Sprintf("http://%s/flow?walk=%d", s.node.Console, i)),
			shown("main[data-refresh]"),
			chromedp.Evaluate(mark, nil)), "page %d", i)
	}
	require.NoError(t, chromedp.Run(limited,
		chromedp.Evaluate(`void setTimeout(() => history.back())`, nil), // a page that was left gives no answer
		steady(chromedp.Poll(again, nil, chromedp.WithPollingTimeout(0)))))
}

// editByHand does what docs/ops.md#parked describes: finds the message, looks at it, edits it, confirms.
func editByHand(ctx context.Context, t *testing.T, s *system) {
	t.Helper()
	s.publishBroken(t)
	parked := s.onlyParked(t)
	mended := string(raw(t, map[string]any{"actor": events.Actor{AccessLevel: "ADMIN"},
		"data": map[string]any{"title": "Renamed"}}))
	var dry string
	require.NoError(t, chromedp.Run(ctx,
		emulation.SetDeviceMetricsOverride(1280, 900, 1, false),
		chromedp.Navigate("http://"+s.node.Console+"/parked"), click("//th//a[contains(., 'employee.commands/')]"),
		click("//a[contains(., 'Show it')]"), click("//summary[starts-with(., 'Edit')]"),
		steady(chromedp.SetValue("#ed", mended, chromedp.ByID)),
		steady(chromedp.SendKeys("#p2", "a brace was missing", chromedp.ByID)),
		click("//button[starts-with(., 'Send the edit')]"),
		steady(chromedp.Text("//div[h2='Dry run']", &dry, chromedp.BySearch)), click("//button[.='Send the edit']"),
		chromedp.WaitVisible("//h1[contains(., 'Asked for')]", chromedp.BySearch)))
	assert.Contains(t, dry, "It would be applied: changed: title")
	s.until("the edit is applied", func() bool {
		repairs, err := s.node.Store.RepairsOf(t.Context(), parked)
		return err == nil && len(repairs) == 1 && repairs[0].State == store.RepairDone
	})
}

// approveByHand does what docs/runs.md describes: opens the run that waits, gives a reason, confirms.
func approveByHand(ctx context.Context, t *testing.T, s *system) {
	t.Helper()
	var asked string
	require.NoError(t, chromedp.Run(ctx,
		chromedp.Navigate("http://"+s.node.Console+"/runs"), click("//a[.='Look at the plan']"),
		chromedp.WaitVisible("#decide", chromedp.ByID),
		click("//summary[starts-with(., 'Approve')]"),
		steady(chromedp.SendKeys("#r1", "a new customer, seen", chromedp.ByID)),
		click("//button[starts-with(., 'Approve ')]"),
		chromedp.WaitVisible("//h1[.='Approve?']", chromedp.BySearch),
		steady(chromedp.Text("//main", &asked, chromedp.BySearch)),
		click("//button[.='Approve']"),
		chromedp.WaitVisible("//h1[contains(., 'Done')]", chromedp.BySearch)))
	assert.Contains(t, asked, "79.00 DKK", "what it bills stands in the confirmation")
	s.until("the run is complete", func() bool { return s.stateOfRun() == runstate.StateCompleted })
}

// click clicks what an XPath finds first, once it is there.
func click(path string) chromedp.Action { return steady(chromedp.Click(path, chromedp.BySearch)) }

// shown waits for what a selector of CSS finds first. The client takes a name for a text to search for, where it is not
// told: a page had an id with "h1" in it, and a text is never visible.
func shown(selector string) chromedp.Action {
	return steady(chromedp.WaitVisible(selector, chromedp.ByQuery))
}

// steady does an action again whose node was replaced after it was found: by a page that follows, or one that moves.
func steady(do chromedp.Action) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			err := do.Do(ctx)
			var gone *cdproto.Error
			if !errors.As(err, &gone) || gone.Code != nodeGone || ctx.Err() != nil {
				return err
			}
		}
	})
}

// nodeGone is the code of the browser's error on a node that is no longer there.
const nodeGone = -32000

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func browser(t *testing.T, program string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox)
	allocated, cancelAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, cancel := chromedp.NewContext(allocated)
	limited, cancelLimit := context.WithTimeout(ctx, browserPatience)
	t.Cleanup(func() { cancelLimit(); cancel(); cancelAllocator() })
	return limited
}

// see looks at one page: nothing overflows on a phone, and axe finds nothing serious.
func see(ctx context.Context, t *testing.T, s *system, name, path string) {
	t.Helper()
	var wide bool
	var picture, phone []byte
	require.NoError(t, chromedp.Run(ctx,
		emulation.SetDeviceMetricsOverride(1280, 900, 1, false),
		chromedp.Navigate("http://"+s.node.Console+path), shown("h1"),
		chromedp.FullScreenshot(&picture, 100),
	))
	assert.Empty(t, axe(ctx, t), "serious findings of axe-core on %s", path)
	require.NoError(t, chromedp.Run(ctx,
		emulation.SetDeviceMetricsOverride(320, 640, 1, true),
		chromedp.Evaluate(`document.documentElement.scrollWidth > document.documentElement.clientWidth`, &wide),
		chromedp.FullScreenshot(&phone, 100),
	))
	assert.False(t, wide, "%s scrolls sideways on a phone", path)
	if dir := os.Getenv(envPictures); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+"-phone.png"), phone, 0o644))
	}
}

// violation is what axe-core reports.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Nodes  []struct {
		HTML string `json:"html"`
	} `json:"nodes"`
}

// axe lists the serious and critical findings of the page that is open; none where axe-core is not given.
func axe(ctx context.Context, t *testing.T) []violation {
	t.Helper()
	file := os.Getenv(envAxe)
	if file == "" {
		return nil
	}
	script, err := os.ReadFile(file) // of the caller's choice
	require.NoError(t, err)
	var found string
	deadline, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	require.NoError(t, chromedp.Run(deadline,
		chromedp.Evaluate(string(script)+`; "loaded"`, &found),
		chromedp.EvaluateAsDevTools(`(async () => JSON.stringify((await axe.run()).violations))()`, &found, awaited)))
	var all, serious []violation
	require.NoError(t, json.Unmarshal([]byte(found), &all))
	for _, one := range all {
		if one.Impact == "serious" || one.Impact == "critical" {
			serious = append(serious, one)
		}
	}
	return serious
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
