// The traffic patterns of the benchmarks of channels, in Go. Reads jobs and tells milliseconds, a line of JSON each.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
)

// job is what one line asks for; see _twin.ts.
type job struct {
	Pattern  string `json:"pattern"`
	Capacity int    `json:"capacity"`
	N        int    `json:"n"`
	Many     int    `json:"many"`
	// "locked": each goroutine has a thread of its own.
	Form string `json:"form"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var asked job
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Printf("{\"error\":%q}\n", err.Error())
			continue
		}
		took, err := run(asked)
		if err != nil {
			fmt.Printf("{\"error\":%q}\n", err.Error())
			continue
		}
		fmt.Printf("{\"ms\":%f}\n", took.Seconds()*1000)
	}
}

// run starts the parties of a pattern at one moment and waits for the last of them.
func run(j job) (time.Duration, error) {
	if took, known, err := processes(j); known {
		return took, err
	}
	if network, ok := networks[j.Pattern]; ok {
		return network(j.N, j.Form == "locked")
	}
	received := make([]int, 2*j.Many)
	each := (j.N + j.Many/2) / j.Many
	expected := sum(j.N)
	var parties []func()
	switch j.Pattern {
	case "seq":
		ch := make(chan int, j.Capacity)
		expected = j.N/j.Capacity*sum(j.Capacity) + sum(j.N%j.Capacity)
		parties = append(parties, func() { received[0] = fillAndEmpty(ch, j.N) })
	case "spsc":
		ch := make(chan int, j.Capacity)
		parties = append(parties, func() { send(ch, j.N) }, func() { received[0] = receive(ch, j.N) })
	case "mpsc":
		ch := make(chan int, j.Capacity)
		expected = j.Many * sum(each)
		for i := 0; i < j.Many; i++ {
			parties = append(parties, func() { send(ch, each) })
		}
		parties = append(parties, func() { received[0] = receive(ch, each*j.Many) })
	case "mpmc":
		ch := make(chan int, j.Capacity)
		expected = j.Many * sum(each)
		for i := 0; i < j.Many; i++ {
			i := i
			parties = append(parties, func() { send(ch, each) }, func() { received[i] = receive(ch, each) })
		}
	case "select_rx":
		chs := channels(j.Many, j.Capacity)
		expected = j.Many * sum(each)
		for _, ch := range chs {
			ch := ch
			parties = append(parties, func() { send(ch, each) })
		}
		parties = append(parties, func() { received[0] = selectReceive(chs, each*j.Many) })
	case "select_both":
		chs := channels(j.Many, j.Capacity)
		expected = j.Many * sum(each)
		for i := 0; i < j.Many; i++ {
			i := i
			parties = append(parties, func() { selectSend(chs, each) })
			parties = append(parties, func() { received[i] = selectReceive(chs, each) })
		}
	case "ping-pong":
		there, back := make(chan int, j.Capacity), make(chan int, j.Capacity)
		parties = append(parties, func() {
			for i := 0; i < j.N; i++ {
				there <- i
				received[0] += <-back
			}
		}, func() {
			for i := 0; i < j.N; i++ {
				back <- <-there
			}
		})
	default:
		return 0, fmt.Errorf("no pattern %q", j.Pattern)
	}
	took := together(parties, j.Form == "locked")
	total := 0
	for _, n := range received {
		total += n
	}
	if total != expected {
		return 0, fmt.Errorf("what was received adds up to %d, not %d", total, expected)
	}
	return took, nil
}

// together runs the parties from one moment on and gives the time until the last one is done.
func together(parties []func(), locked bool) time.Duration {
	var ready, done sync.WaitGroup
	ready.Add(len(parties))
	done.Add(len(parties))
	open := make(chan struct{})
	for _, party := range parties {
		party := party
		go func() {
			if locked {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			ready.Done()
			<-open
			party()
			done.Done()
		}()
	}
	ready.Wait()
	from := time.Now()
	close(open)
	done.Wait()
	return time.Since(from)
}

func send(ch chan<- int, n int) {
	for i := 0; i < n; i++ {
		ch <- i
	}
}

func receive(ch <-chan int, n int) int {
	total := 0
	for i := 0; i < n; i++ {
		total += <-ch
	}
	return total
}

func fillAndEmpty(ch chan int, n int) int {
	total := 0
	for left := n; left > 0; left -= cap(ch) {
		size := cap(ch)
		if left < size {
			size = left
		}
		for i := 0; i < size; i++ {
			ch <- i
		}
		for i := 0; i < size; i++ {
			total += <-ch
		}
	}
	return total
}

// selectReceive takes n values from two or four channels.
func selectReceive(chs []chan int, n int) int {
	total := 0
	if len(chs) == 2 {
		a, b := chs[0], chs[1]
		for i := 0; i < n; i++ {
			select {
			case v := <-a:
				total += v
			case v := <-b:
				total += v
			}
		}
		return total
	}
	a, b, c, d := chs[0], chs[1], chs[2], chs[3]
	for i := 0; i < n; i++ {
		select {
		case v := <-a:
			total += v
		case v := <-b:
			total += v
		case v := <-c:
			total += v
		case v := <-d:
			total += v
		}
	}
	return total
}

// selectSend sends n values to two or four channels.
func selectSend(chs []chan int, n int) {
	if len(chs) == 2 {
		a, b := chs[0], chs[1]
		for i := 0; i < n; i++ {
			select {
			case a <- i:
			case b <- i:
			}
		}
		return
	}
	a, b, c, d := chs[0], chs[1], chs[2], chs[3]
	for i := 0; i < n; i++ {
		select {
		case a <- i:
		case b <- i:
		case c <- i:
		case d <- i:
		}
	}
}

func channels(count, capacity int) []chan int {
	all := make([]chan int, count)
	for i := range all {
		all[i] = make(chan int, capacity)
	}
	return all
}

// sum is 0 + 1 + … + (n - 1).
func sum(n int) int {
	return n * (n - 1) / 2
}
