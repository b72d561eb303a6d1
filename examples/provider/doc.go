// Command provider is the smallest PBX and mobile operator: it confirms every deletion that employee.events asks for.
// It is a program of others, so it knows Kafka and the topics, and nothing of this module. docs/provider.md says what
// to rely on.
package main
