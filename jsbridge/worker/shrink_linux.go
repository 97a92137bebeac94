package worker

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// letGoOfProgram makes the pages of the program's code that its start has touched no longer count as this process's; those
// that a call needs come back from the page cache, which all workers and the server share. Where a system linker has made
// the binary nearly all of it would stay otherwise, some 15 MB. What cannot be read or let go stays.
func letGoOfProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		// address-address rights offset device inode path
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || fields[5] != program || fields[1] != "r-xp" {
			continue // constants may have been relocated, and would lose that
		}
		from, to, _ := strings.Cut(fields[0], "-")
		start, startErr := strconv.ParseUint(from, 16, 64)
		end, endErr := strconv.ParseUint(to, 16, 64)
		if startErr == nil && endErr == nil && start < end {
			// Of code nothing is lost: it is what the file has (man 2 madvise, MADV_DONTNEED).
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(start), uintptr(end-start), syscall.MADV_DONTNEED)
		}
	}
}
