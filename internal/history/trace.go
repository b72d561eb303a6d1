package history

// The trace of a command is kept with what it led to, as the last property of a JSON object that is stored anyway: of
// the actor of its events, of the answer in its outcome. What has no trace, which is nearly everything, costs no byte.
const (
	traceProperty = `"traceparent":"`
	traceEnd      = `"}`
	// traceBytes is the length of a traceparent of version 00: what we keep is what we wrote.
	traceBytes = 55
)

// WithTrace adds a traceparent to an object; to nothing it adds an object. An empty traceparent, or one of another
// length, leaves everything as it is.
func WithTrace(object []byte, traceparent string) []byte {
	if len(traceparent) != traceBytes {
		return object
	}
	out := make([]byte, 0, len(object)+len(traceProperty)+traceBytes+len(traceEnd)+1)
	if len(object) <= len("{}") {
		out = append(out, '{')
	} else {
		out = append(append(out, object[:len(object)-1]...), ',')
	}
	out = append(out, traceProperty...)
	out = append(out, traceparent...)
	return append(out, traceEnd...)
}

// CutTrace gives the object without its traceparent, and the traceparent; empty when it has none. The object is not
// changed: it may be a new one.
func CutTrace(object []byte) (without []byte, traceparent string) {
	value := len(object) - len(traceEnd) - traceBytes
	name := value - len(traceProperty)
	if name < 1 || string(object[name:value]) != traceProperty || string(object[len(object)-len(traceEnd):]) != traceEnd {
		return object, ""
	}
	traceparent = string(object[value : value+traceBytes])
	if object[name-1] == '{' {
		return nil, traceparent
	}
	if object[name-1] != ',' {
		return object, ""
	}
	without = append(make([]byte, 0, name), object[:name-1]...)
	return append(without, '}'), traceparent
}
