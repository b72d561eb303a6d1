// Package activity takes what other systems tell of employees (calls, phones, calendar) from the compacted topic
// employee.activity into the directory.
//
// It owns how far each partition was taken. It does not own what a message means (package projections does), and
// nothing of it goes into the log: the topic is the whole truth and can be read again at any time.
package activity
