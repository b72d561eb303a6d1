package contract

// DeadLetter is the value of a message on dead.letters: which message was parked, and why. It has nothing of the
// message's value, which may hold personal data and secrets: who has the right reads it at its place.
type DeadLetter struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Shard     int32  `json:"shard"`
	Reason    string `json:"reason"`
	Detail    string `json:"detail,omitempty"`
	// What can be read of its envelope; empty: that cannot be read.
	Key     string `json:"key,omitempty"`
	Type    string `json:"type,omitempty"`
	Subject string `json:"subject,omitempty"`
	Command string `json:"command,omitempty"`
}
