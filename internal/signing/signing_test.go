package signing

import (
	"strings"
	"testing"
)

var sample = Content{
	Type: "employee.update.v1", Subject: "5e0000000000000000000001", ID: "c-1", Time: "2026-10-30T12:00:00Z",
	Value: []byte(`{"actor":{"accessLevel":"ADMIN"},"data":{"title":"Sample"}}`),
}

func grantOf(k Key) Grant { return Grant{ID: k.ID, Algorithm: k.Algorithm, Material: k.Material()} }

func TestVerify_HoldsForWhatWasSigned(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []Algorithm{HMAC, Ed25519} {
		key, err := NewKey(algorithm)
		if err != nil {
			t.Fatal(err)
		}
		read, err := ParseKey(key.Text() + "\n")
		if err != nil {
			t.Fatal(err)
		}
		if err := grantOf(key).Verify(sample, read.Sign(sample)); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
}

func TestVerify_FailsForAnythingElse(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []Algorithm{HMAC, Ed25519} {
		key, _ := NewKey(algorithm)
		other, _ := NewKey(algorithm)
		proof := key.Sign(sample)
		for what, change := range map[string]func(*Content){
			"type":            func(c *Content) { c.Type = "employee.create.v1" },
			"subject":         func(c *Content) { c.Subject = "5e0000000000000000000002" },
			"id":              func(c *Content) { c.ID = "c-2" },
			"time":            func(c *Content) { c.Time = "2026-10-30T12:00:01Z" },
			"value":           func(c *Content) { c.Value = []byte(`{}`) },
			"moved line":      func(c *Content) { c.Subject, c.ID = c.Subject+"\n"+c.ID, "" },
			"byte of a value": func(c *Content) { c.Value = append([]byte(" "), c.Value...) },
		} {
			changed := sample
			change(&changed)
			if err := grantOf(key).Verify(changed, proof); err == nil {
				t.Errorf("%s: another %s passes", algorithm, what)
			}
		}
		if err := grantOf(other).Verify(sample, proof); err == nil {
			t.Errorf("%s: another key passes", algorithm)
		}
		forged := grantOf(other)
		forged.ID = key.ID
		if err := forged.Verify(sample, proof); err == nil {
			t.Errorf("%s: another secret under the same id passes", algorithm)
		}
		for _, bad := range []string{"", ".", key.ID, key.ID + ".", key.ID + ".%%", key.ID + "." + strings.Repeat("A", 300),
			proof + "A"} {
			if err := grantOf(key).Verify(sample, bad); err == nil {
				t.Errorf("%s: proof %q passes", algorithm, bad)
			}
		}
	}
}

// The same values stand in docs/security.md and in the examples: whoever signs in another language can compare.
func TestSign_KnownAnswers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"0102030405060708:hmac-sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8": "0102030405060708.9voOIa1tER8msukxo9ZWtrgeJQirnUEMo-eC4jFk5zg",
		"0102030405060708:ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8": "0102030405060708.MIa5wFCsTlITo95SaF76HUbPK1GBBcsj1V7S73y4g3Nisg-" +
			"UD9aLUaMsZ6DIgpUKy3L3goXg3Y7qNNpeCo2QAA",
	} {
		key, err := ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := key.Sign(sample); got != want {
			t.Errorf("%s: %s, want %s", key.Algorithm, got, want)
		}
	}
}

func TestParseKey_RefusesWithoutRepeating(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "a", "a:b:c", "a.b:hmac-sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"a:hmac-sha256:c2hvcnQ", "a:hmac-sha256:%%", ":hmac-sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"} {
		if _, err := ParseKey(bad); err != ErrKey { // the very same value
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestGrant_SendsWhatItsPatternsName(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		types string
		name  string
		want  bool
	}{
		{"billing.record_payment", "billing.record_payment.v1", true},
		{"billing.record_payment.v1", "billing.record_payment.v2", true},
		{"billing.record_payment", "billing.record_payments.v1", false},
		{"employee.*", "employee.update.v1", true},
		{"employee.*", "employees.update.v1", false},
		{"employee*", "employee.update.v1", false},
		{"*", "run.halt.v1", true},
		{"", "run.halt.v1", false},
		{"catalog.*,run.halt", "run.halt.v1", true},
		{"catalog.*,run.halt", "run.resume.v1", false},
	} {
		if got := (Grant{Types: strings.Split(row.types, ",")}).Sends(row.name); got != row.want {
			t.Errorf("%q sends %s: %v", row.types, row.name, got)
		}
	}
}

func TestSign_ZeroKeySignsNothing(t *testing.T) {
	t.Parallel()
	if proof := (Key{}).Sign(sample); proof != "" {
		t.Errorf("proof %q", proof)
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, algorithm := range []Algorithm{HMAC, Ed25519} {
		key, _ := NewKey(algorithm)
		grant, proof := grantOf(key), key.Sign(sample)
		b.Run(string(algorithm), func(b *testing.B) {
			for b.Loop() {
				if err := grant.Verify(sample, proof); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
