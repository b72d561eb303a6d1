// Package catalog keeps a process's copy of the catalogue for its readers: products, customers and resellers as the log
// has them, with the stable integers of customers and resellers.
//
// It owns how the copy is kept new. It does not decide with it (the workers read their own, at exactly the version that they
// need) and does not say who may see what of it (package api does).
package catalog
