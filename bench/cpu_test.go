package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// usage is for how long processors have worked so far. Where there is no /proc it is nothing.
type usage struct {
	ours time.Duration // for this process and those that it has begun, such as a database
	all  time.Duration // for every process of the machine
	at   time.Time
}

// userTick is the unit in which /proc counts.
const userTick = 10 * time.Millisecond

func used() usage {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := bytes.Cut(text, []byte("\n"))
	u := usage{at: time.Now(), ours: ours()}
	for i, field := range bytes.Fields(line) {
		if i >= 1 && i <= 3 || i >= 6 && i <= 8 { // neither idle, nor waiting for a disk, nor counted twice
			u.all += ticks(field)
		}
	}
	return u
}

// ours adds up this process and its descendants.
func ours() (sum time.Duration) {
	parent, own := map[int]int{}, map[int]time.Duration{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		pid := number([]byte(filepath.Base(filepath.Dir(file))))
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // from the state, the third field, on
		parent[pid] = number(fields[1])
		for _, field := range fields[11:15] { // its own time, and that of its children that have ended
			own[pid] += ticks(field)
		}
	}
	for pid := range own {
		for up := pid; up != 0; up = parent[up] {
			if up == os.Getpid() {
				sum += own[pid]
			}
		}
	}
	return sum
}

func ticks(text []byte) time.Duration { return time.Duration(number(text)) * userTick }

func number(text []byte) int {
	n, _ := strconv.Atoi(string(text))
	return n
}

// since is how long processors have worked for us since then, and how many of them, on average, for others.
func (u usage) since() (ours time.Duration, others float64) {
	now := used()
	ours = now.ours - u.ours
	return ours, max(0, (now.all-u.all-ours).Seconds()/now.at.Sub(u.at).Seconds())
}
