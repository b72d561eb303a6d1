package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clockAt is a clock that a test moves.
type clockAt struct{ time.Time }

func (c *clockAt) now() time.Time { return c.Time }

func newTestSessions(t *testing.T, key string, c *clockAt) *sessions {
	t.Helper()
	s, err := newSessions([]byte(strings.Repeat(key, keyBytes)), c.now, true)
	require.NoError(t, err)
	return s
}

// cookieOf begins a session and returns its cookie.
func cookieOf(t *testing.T, s *sessions, token string) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	require.NoError(t, s.begin(w, token))
	cookies := w.Result().Cookies()
	require.Len(t, cookies, 1)
	return cookies[0]
}

func with(cookie *http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.AddCookie(cookie)
	return r
}

func TestSessions_SealTheTokenForTheirTime(t *testing.T) {
	t.Parallel()
	c := &clockAt{time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	s := newTestSessions(t, "k", c)
	cookie := cookieOf(t, s, "the token")
	assert.True(t, cookie.HttpOnly, "no script reads it")
	assert.True(t, cookie.Secure)
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	assert.NotContains(t, cookie.Value, "token")

	opened, ok := s.read(with(cookie))
	require.True(t, ok)
	assert.Equal(t, "the token", opened.Token)
	_, ok = newTestSessions(t, "k", c).read(with(cookie))
	assert.True(t, ok, "another process with the same key reads it")
	_, ok = newTestSessions(t, "o", c).read(with(cookie))
	assert.False(t, ok, "one with another key does not")
	c.Time = c.Add(sessionMax)
	_, ok = s.read(with(cookie))
	assert.False(t, ok, "its time is over")
}

func TestSessions_RefuseWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	c := &clockAt{time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	s := newTestSessions(t, "k", c)
	good := cookieOf(t, s, "the token")
	flipped := []byte(good.Value)
	flipped[len(flipped)/2] ^= 1
	for _, value := range []string{"", "x", "not base64 !", string(flipped), good.Value[:20]} {
		_, ok := s.read(with(&http.Cookie{Name: cookieName, Value: value}))
		assert.False(t, ok, value)
	}
	_, ok := s.read(httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	assert.False(t, ok, "there is none")
	_, err := newSessions([]byte("short"), c.now, false)
	require.ErrorContains(t, err, "instead of 32")
}

func TestSessions_FormsAreOfOneSession(t *testing.T) {
	t.Parallel()
	c := &clockAt{time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	s := newTestSessions(t, "k", c)
	one, _ := s.read(with(cookieOf(t, s, "the token")))
	other, _ := s.read(with(cookieOf(t, s, "the token")))
	assert.True(t, s.genuine(one, s.csrf(one)))
	assert.False(t, s.genuine(one, s.csrf(other)), "of the same token, and yet another session")
	assert.False(t, s.genuine(one, ""))
}

func TestLocal_StaysOnTheSite(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/runs": "/runs", "/runs/nightly/2026-11-01?x=1": "/runs/nightly/2026-11-01?x=1", "": "/", "runs": "/",
		"//elsewhere.example": "/", "https://elsewhere.example": "/", "/\\elsewhere.example": "/", "/x\r\nSet-Cookie: y": "/",
	} {
		assert.Equal(t, want, local(next), next)
	}
}
