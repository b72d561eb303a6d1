// Package history turns what the store keeps as bytes into the typed facts of events, and back. It owns nothing else.
package history
