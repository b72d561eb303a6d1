package architecture

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ownImages are the program's own: as the manifests name it, as the chart does, and nothing at all.
var ownImages = []string{"tenure", "scratch", `{{ include "tenure.image" . }}`, `{{ include "tenure.image" $ }}`}

// imageNamed is an image in a Dockerfile, a compose file or a manifest.
var imageNamed = regexp.MustCompile(`(?m)^ *(?:FROM|image:) +(\S.*)$`)

// TestDeploy_NoImageIsNamedByATagThatMoves allows the program's own image, an empty base, one with its digest, and a
// variable that must be given and says that it wants a digest.
func TestDeploy_NoImageIsNamedByATagThatMoves(t *testing.T) {
	t.Parallel()
	tree, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range tree.Files {
		if !strings.HasPrefix(f.Path, "deploy/") {
			continue
		}
		for _, match := range imageNamed.FindAllStringSubmatch(f.Text, -1) {
			seen++
			image := strings.TrimSpace(match[1])
			if !slices.Contains(ownImages, image) && !strings.Contains(image, "@sha256:") {
				t.Errorf("%s: image %s has no digest: what runs would change without a change here", f.Path, image)
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d images found: the pattern is out of date", seen)
	}
}
