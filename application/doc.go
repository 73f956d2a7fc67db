// Package application holds the use cases, one file each: the folder listing is
// the feature list. Each says who may, loads, lets the domain decide, and
// stores. Logging, metrics, retries and transactions' inner workings are
// around it, not in it.
package application
