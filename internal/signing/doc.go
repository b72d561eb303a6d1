// Package signing signs commands and verifies their signatures. It is pure: it knows no broker, no database and no
// clock.
//
// It owns what is signed and in which form, the two algorithms, the text form of a key, and what a key may send. It
// does not own where keys are kept (internal/keyring), who signs (internal/command) or what happens to a command whose
// signature does not hold (internal/worker).
//
// A proof is the header ce_proof: the key's id, a dot, and the signature in base64url without padding. What is signed
// is the text
//
//	tenure-command-v1
//	TYPE
//	SUBJECT
//	ID
//	TIME
//	SHA256
//
// of six lines, the last without a line break: ce_type, ce_subject, ce_commandid (ce_id where there is none) and
// ce_time exactly as the headers have them, and the SHA-256 of the value in lower-case hexadecimal. A header cannot
// contain a line break, so no two commands have the same text. A copied command is a duplicate, because its id is part
// of what is signed.
//
//	signing.go  what is signed, Sign and Verify
//	key.go      a key that signs, its text form, and drawing one
//	grant.go    what a key may send, and for whom
//	policy.go   what happens to commands without a signature
package signing
