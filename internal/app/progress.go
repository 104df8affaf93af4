package app

import (
	"fmt"
	"io"
	"runtime/metrics"
	"strings"
	"sync"
	"time"
)

// Bar shows the progress of long work: a moving line on a terminal, else a line
// for each quarter; at the end of a step the time it took and the memory in use. It is
// safe for concurrent use.
type Bar struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	step     string
	begin    time.Time
	drawn    time.Time
	quarter  int
}

// NewBar draws on out; terminal says whether a line can be drawn over.
func NewBar(out io.Writer, terminal bool) *Bar { return &Bar{out: out, terminal: terminal} }

const barWidth = 28

// Set shows that a share of a step is done, from 0 to 1. Another step ends the
// one before.
func (b *Bar) Set(step string, done float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if step != b.step {
		b.end(now)
		b.step, b.begin, b.quarter = step, now, 0
		b.drawn = time.Time{}
	}
	done = min(max(done, 0), 1)
	switch {
	case b.terminal && now.Sub(b.drawn) >= 80*time.Millisecond:
		b.draw(done)
		b.drawn = now
	case !b.terminal && int(done*4) > b.quarter && done < 1:
		b.quarter = int(done * 4)
		fmt.Fprintf(b.out, "  %s %d %%\n", b.step, b.quarter*25)
	}
}

// End finishes the last step.
func (b *Bar) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(time.Now())
	b.step = ""
}

func (b *Bar) end(now time.Time) {
	if b.step == "" {
		return
	}
	if b.terminal {
		b.draw(1)
		fmt.Fprintf(b.out, " %.1f s, %d MB\n", now.Sub(b.begin).Seconds(), memoryMB())
		return
	}
	fmt.Fprintf(b.out, "  %s done in %.1f s with %d MB of memory\n", b.step,
		now.Sub(b.begin).Seconds(), memoryMB())
}

// memoryMB is the memory that the program holds, mapped files left out.
func memoryMB() uint64 {
	held := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(held)
	return (held[0].Value.Uint64() - held[1].Value.Uint64()) / 1_000_000
}

func (b *Bar) draw(done float64) {
	full := int(done*barWidth + 0.5)
	fmt.Fprintf(b.out, "\r\x1b[K  %-26s %s%s %3.0f %%", b.step,
		strings.Repeat("█", full), strings.Repeat("░", barWidth-full), done*100)
}
