package jsbridge

import "time"

// Limits are what one call may use. A zero field means its value in DefaultLimits.
type Limits struct {
	Wall    time.Duration // from the moment that a worker takes the call
	CPU     time.Duration // of the whole worker process, within this call
	Memory  int64         // bytes of private writable memory above the idle worker
	Bytes   int64         // bytes of bodies that fetch receives, in all
	Fetches int           // number of calls of fetch
	Log     int           // bytes of console text, each line 16 more
}

// DefaultLimits are the limits of a call that asks for nothing else.
func DefaultLimits() Limits {
	return Limits{
		Wall: 30 * time.Second, CPU: 10 * time.Second, Memory: 512 << 20,
		Bytes: 16 << 20, Fetches: 50, Log: 256 << 10,
	}
}

// Under returns l with every field lowered to that of ceiling where it is larger. A zero field of l asks for nothing and is
// the ceiling's; a zero field of ceiling is the default.
func (l Limits) Under(ceiling Limits) Limits {
	ceiling = ceiling.filled()
	l = l.over(ceiling)
	return Limits{
		Wall: min(l.Wall, ceiling.Wall), CPU: min(l.CPU, ceiling.CPU), Memory: min(l.Memory, ceiling.Memory),
		Bytes: min(l.Bytes, ceiling.Bytes), Fetches: min(l.Fetches, ceiling.Fetches), Log: min(l.Log, ceiling.Log),
	}
}

func (l Limits) filled() Limits { return l.over(DefaultLimits()) }

// over is l with d in the place of what l leaves out.
func (l Limits) over(d Limits) Limits {
	return Limits{
		Wall: or(l.Wall, d.Wall), CPU: or(l.CPU, d.CPU), Memory: or(l.Memory, d.Memory),
		Bytes: or(l.Bytes, d.Bytes), Fetches: or(l.Fetches, d.Fetches), Log: or(l.Log, d.Log),
	}
}

// or is n, or standard where n is no usable limit.
func or[T int | int64 | time.Duration](n, standard T) T {
	if n <= 0 {
		return standard
	}
	return n
}
