// Package feedtest helps tests of the feed and of the projections: a private database for each test, and a journal that
// writes events to the log as a worker would. It is for tests only and decides nothing.
package feedtest
