// Package provider plays PBX and mobile operator, for demonstrations, rehearsals and tests: it reads employee.events, as a
// real one does, and confirms by command what an employee's deletion asks for, or refuses it, or says nothing.
//
// It is a client of the topics and knows nothing of the store. What a real provider does otherwise stands in
// docs/provider.md, and a small one in examples/provider.
package provider
