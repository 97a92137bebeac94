//go:build !linux

package worker

func letGoOfProgram() {}
