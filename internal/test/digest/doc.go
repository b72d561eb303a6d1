// Package digest describes a system as it stands for those who live off it, so that a life to which something happened
// can be compared with the same life to which nothing did. Only tests import it.
package digest
