// Package bench measures the server as a whole, each figure as a ratio against a baseline of the same run:
//
//	go test -run '^$' -bench . -benchtime 1x ./bench
//	go test -run '^$' -bench Cold -benchtime 1x ./bench -connections 1000000
//	CLAVIGER_BENCH_STORM=10000 go test -run '^$' -bench Storm -benchtime 5x ./bench
//	CLAVIGER_BENCH_ROWS=1000000 go test -run '^$' -bench Reads -benchtime 1x -timeout 1h ./bench
//
// Without the variables a storm is of 500 connections, in which what a server does once at its start weighs heavily, and
// the larger database has 3,000. An iteration of a storm is a round of all that is compared; spread is how far the lowest
// and the highest round lie apart, in parts of the median. The endpoint and PostgreSQL run on the same processors as what
// is measured: cpu-µs/renewal is what all of them take together, others-cores how many processors worked for somebody else
// meanwhile. With more than a few tenths of one the rates say little.
//
// Single parts are measured beside their code: mapping, jsbridge, connectors, runtime/grant, runtime/store/sqlite,
// runtime/store/postgres.
package bench
