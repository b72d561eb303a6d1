package console

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	cookieName = "tenure_console"
	// sessionMax ends a session, however busy: an operator signs in once a shift.
	sessionMax = 8 * time.Hour
	keyBytes   = 32
	onceBytes  = 16
)

// session is what the cookie holds, sealed: the token itself, so that its rights are those of this moment.
type session struct {
	Token string    `json:"token"`
	Ends  time.Time `json:"ends"`
	Seed  string    `json:"seed"` // of the value that forms carry
}

// sessions seals and opens cookies. It keeps nothing, so that any process can answer.
type sessions struct {
	aead   cipher.AEAD
	key    []byte
	now    func() time.Time
	secure bool
}

func newSessions(key []byte, now func() time.Time, secure bool) (*sessions, error) {
	if len(key) != keyBytes {
		return nil, fmt.Errorf("console: the key has %d bytes instead of %d", len(key), keyBytes)
	}
	derived := hmac.New(sha256.New, key)
	derived.Write([]byte("console session"))
	sealing := derived.Sum(nil)
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return &sessions{aead: aead, key: sealing, now: now, secure: secure}, nil
}

// begin signs in: the cookie is for this site only and no script sees it.
func (s *sessions) begin(w http.ResponseWriter, token string) error {
	raw, err := json.Marshal(session{Token: token, Ends: s.now().Add(sessionMax), Seed: random(onceBytes)})
	if err != nil {
		return err
	}
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	sealed := s.aead.Seal(nonce, nonce, raw, []byte(cookieName))
	http.SetCookie(w, s.cookie(base64.RawURLEncoding.EncodeToString(sealed), int(sessionMax/time.Second)))
	return nil
}

func (s *sessions) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secure,
		SameSite: http.SameSiteStrictMode,
	}
}

func (s *sessions) end(w http.ResponseWriter) { http.SetCookie(w, s.cookie("", -1)) }

// read opens the cookie of a request; false when there is none, it is not ours, or its time is over.
func (s *sessions) read(r *http.Request) (session, bool) {
	var opened session
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return opened, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || len(sealed) < s.aead.NonceSize() {
		return opened, false
	}
	raw, err := s.aead.Open(nil, sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():], []byte(cookieName))
	if err != nil || json.Unmarshal(raw, &opened) != nil {
		return opened, false
	}
	return opened, s.now().Before(opened.Ends)
}

// csrf is the value that a form of a session carries: no other site can know it.
func (s *sessions) csrf(of session) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("form " + of.Seed))
	return hex.EncodeToString(mac.Sum(nil))
}

// genuine reports whether a form is one of the session's own.
func (s *sessions) genuine(of session, given string) bool {
	return hmac.Equal([]byte(s.csrf(of)), []byte(given))
}

func random(n int) string {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err) // the system has no randomness: nothing may be signed in
	}
	return hex.EncodeToString(b)
}

// pathOf is where a request wanted to go, as a query value.
func pathOf(r *http.Request) string {
	if r.Method != http.MethodGet {
		return url.QueryEscape("/")
	}
	return url.QueryEscape(r.URL.RequestURI())
}

// local keeps a redirect on this site: a path, never an address.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}

func (h *console) loginForm(w http.ResponseWriter, r *http.Request) {
	h.showLogin(w, http.StatusOK, local(r.URL.Query().Get("next")), "")
}

func (h *console) showLogin(w http.ResponseWriter, status int, next, problem string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = h.pages.execute(w, "login", map[string]any{"Next": next, "Problem": problem})
}

var errWrongToken = errors.New("this token is not known, or its time is over")

// login takes a token. The form of another site can sign in at most whoever it has a token of, which gives it nothing.
func (h *console) login(w http.ResponseWriter, r *http.Request) {
	token, next := strings.TrimSpace(r.PostFormValue("token")), local(r.PostFormValue("next"))
	_, known, err := h.Rights(r.Context(), token)
	if err != nil || !known || token == "" {
		h.showLogin(w, http.StatusUnauthorized, next, errWrongToken.Error())
		return
	}
	if err := h.sessions.begin(w, token); err != nil {
		h.failed(w, r, http.StatusInternalServerError, err)
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// logout needs no proof: the worst that a forged one does is to ask for the token again.
func (h *console) logout(w http.ResponseWriter, r *http.Request) {
	h.sessions.end(w)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
