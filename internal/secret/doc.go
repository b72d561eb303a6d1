// Package secret hashes passwords and seals PINs before a command is made of them, so that none is ever in a topic, an
// event, a table or a log in clear.
//
// It owns the forms in which they travel, the key that PINs are sealed with, and what of a body it replaces. What a
// good password or PIN is, and in which words a bad one is refused, is domain's; tokens of callers are api's.
//
//	sealer.go   the key, and the properties of an employee that are replaced
//	password.go argon2id
//	pin.go      AES-GCM
//	key.go      where the key comes from
package secret
