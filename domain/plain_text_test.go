package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tenure/domain"
)

// TestDecide_RefusesWhatCannotBeSeen: names with control or invisible characters, and texts that are too long for a
// message.
func TestDecide_RefusesWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	const unseen = ": has control or invisible characters"
	long := strings.Repeat("x", 300)
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "a name of zero-width spaces", given: withBasic, when: "update", data: `{"name":"\u200b\u200b"}`,
			code: "422 name" + unseen},
		{name: "a direction that is overridden", given: withBasic, when: "update", data: `{"title":"a\u202eb"}`,
			code: "422 title" + unseen},
		{name: "a login with one", given: withBasic, when: "update", data: `{"emailAddress":"ad\u200bmin@example.com"}`,
			code: "422 emailAddress: The e-mail address is invalid"},
		{name: "a host of numbers", given: withBasic, when: "update", data: `{"emailAddress":"a@1.2.3.4"}`,
			code: "422 emailAddress: The e-mail address is invalid"},
		{name: "an addon's name", given: withBasic, when: "add_addon", data: `{"_id":"a1","product":"phone","name":"` + long +
			`"}`,
			code: "422 addonProducts.name: has more than 200 characters"},
		{name: "an extension's name", given: withBasic, when: "assign_extension", data: `{"_id":"x1","name":"` + long + `"}`,
			code: "422 name: has more than 200 characters"},
		{name: "a message", given: withBasic, when: "set_presence", data: `{"message":"` + strings.Repeat(long, 4) + `"}`,
			code: "422 presence.message: has more than 1000 characters"},
		{name: "a rejection quotes little", given: withBasic, when: "update", data: `{"accessLevel":"` + long + `"}`,
			code: "422 accessLevel: " + strings.Repeat("x", 64) + "… is not an access level"},
	})
}

// TestNameWanted_ComparesWhatLooksAlike: composed and decomposed letters, case, and both spellings of a domain.
func TestNameWanted_ComparesWhatLooksAlike(t *testing.T) {
	t.Parallel()
	wanted := func(login string) string {
		c, err := domain.DecodeCommand("employee.update.v1", []byte(`{"emailAddress":"`+login+`"}`))
		assert.NoError(t, err)
		return domain.NameWanted(c, "employee/e1", nil)
	}
	assert.Equal(t, wanted("j\u00f8rgen.m\u00fcller@example.com"), wanted("J\u00f8rgen.mu\u0308ller@EXAMPLE.com"))
	assert.Equal(t, wanted("a@m\u00fcller.example"), wanted("a@xn--mller-kva.example"))
	assert.Equal(t, wanted("a@m\u00fcller.example"), wanted("a@mu\u0308ller.example"))
}
