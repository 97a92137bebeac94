// Package bench measures the server as a whole, each figure as a ratio against a baseline of the same run:
//
//	go test -run '^$' -bench . -benchtime 1x ./bench
//	go test -run '^$' -bench Cold -benchtime 1x ./bench -connections 1000000
//
// Single parts are measured beside their code: mapping, jsbridge, connectors, runtime/grant, runtime/store/sqlite,
// runtime/store/postgres.
package bench
