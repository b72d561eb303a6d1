// Package dispatch sends commands and waits for what becomes of them. It owns the order in which commands of different
// topics are sent, and asking the store where an outcome may have been missed. It does not write messages (orders) nor
// decide anything (worker).
package dispatch
