// Package command composes commands as the messages that the worker takes, sends them and waits for their outcomes. It
// owns topic, key, envelope and value of a command, the order in which commands of different topics are sent, and
// asking the store where an outcome may have been missed. tenure send, the demo, the APIs and the scheduler send
// through it. It decides nothing (domain, internal/worker).
//
//	compose.go  a command as a message
//	read.go     files of commands
//	send.go     sending, and waiting for outcomes
//	waiting.go  commands that no worker has taken
package command
