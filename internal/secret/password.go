package secret

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a hash costs: the memory and passes that OWASP names as the least for argon2id, some 20 ms on one core.
const (
	hashMemory  = 19 * 1024 // KiB
	hashPasses  = 2
	hashThreads = 1
	saltBytes   = 16
	hashBytes   = 32
	// hashesAtOnce bounds the memory that callers can make a process use, and the cores.
	hashesAtOnce = 2
	// What a stored hash may cost, so that one that was tampered with cannot stop the process.
	hashMemoryMax = 1 << 20 // KiB
	hashPassesMax = 16
)

var hashing = make(chan struct{}, hashesAtOnce)

// errHash reports that a text is not a password hash; it does not repeat it.
var errHash = errors.New("secret: not a password hash")

// HashPassword hashes a password with a fresh salt, in the form that argon2's own tools write: parameters, salt and
// hash.
func HashPassword(clear string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("secret: hash a password: %w", err)
	}
	return hashed(clear, salt), nil
}

func hashed(clear string, salt []byte) string {
	sum := hash(clear, salt, hashPasses, hashMemory, hashThreads)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf(
		"$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version,
		hashMemory,
		hashPasses,
		hashThreads,
		encode(salt),
		encode(sum),
	)
}

func hash(clear string, salt []byte, passes, memory uint32, threads uint8) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(clear), salt, passes, memory, threads, hashBytes)
}

// VerifyPassword reports whether a hash is that of a password. The error reports that it is no hash at all.
func VerifyPassword(hashed, clear string) (bool, error) {
	parts := strings.Split(hashed, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false, errHash
	}
	memory, passes, threads, ok := hashCost(parts[3])
	if !ok {
		return false, errHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	want, errSum := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(want) != hashBytes {
		return false, errHash
	}
	return subtle.ConstantTimeCompare(want, hash(clear, salt, passes, memory, threads)) == 1, nil
}

// hashCost reads what a hash cost; false: it is none, or more than any of ours.
func hashCost(text string) (memory, passes uint32, threads uint8, ok bool) {
	n, err := fmt.Sscanf(text, "m=%d,t=%d,p=%d", &memory, &passes, &threads)
	ok = err == nil && n == 3 && memory <= hashMemoryMax && passes > 0 && passes <= hashPassesMax && threads > 0
	return memory, passes, threads, ok
}
