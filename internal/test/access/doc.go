// Package access holds tests only: who may do what, played case by case over HTTP and Kafka against a whole system.
//
// testdata/access.json is the specification: for each operation, access level and relation of the target to the actor
// it says what must happen and what is looked up afterwards. past_test.go tries 10 000 random requests below RESELLER:
// none may change what was billed before today, or pay the customer.
package access
