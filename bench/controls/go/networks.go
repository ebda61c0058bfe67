// The networks of the benchmark of processes, in Go.
package main

import (
	"fmt"
	"runtime"
	"time"
)

// networks run n rounds, hops or numbers; locked: each goroutine has a thread of its own.
var networks = map[string]func(n int, locked bool) (time.Duration, error){
	"commstime":  commstime,
	"token_ring": tokenRing,
	"sieve":      sieve,
}

const ringSize = 8

var primes = []int{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97}

// start runs a process. It ends when its input is closed, or stop is.
func start(locked bool, process func()) {
	go func() {
		if locked {
			// Not unlocked: the thread ends with its goroutine.
			runtime.LockOSThread()
		}
		process()
	}()
}

func commstime(n int, locked bool) (time.Duration, error) {
	a, b, c, d := make(chan int), make(chan int), make(chan int), make(chan int)
	stop := make(chan struct{})
	defer close(stop)
	put := func(ch chan<- int, v int) bool {
		select {
		case ch <- v:
			return true
		case <-stop:
			return false
		}
	}
	start(locked, func() {
		v := 0
		for put(a, v) {
			select {
			case v = <-c:
			case <-stop:
				return
			}
		}
	})
	start(locked, func() {
		for {
			select {
			case v := <-a:
				// Both at once, as a select that serves each of them.
				one, two := b, d
				for one != nil || two != nil {
					select {
					case one <- v:
						one = nil
					case two <- v:
						two = nil
					case <-stop:
						return
					}
				}
			case <-stop:
				return
			}
		}
	})
	start(locked, func() {
		for {
			select {
			case v := <-b:
				if !put(c, v+1) {
					return
				}
			case <-stop:
				return
			}
		}
	})
	result := make(chan time.Duration)
	total := 0
	start(locked, func() {
		total = <-d
		from := time.Now()
		for i := 0; i < n; i++ {
			total += <-d
		}
		result <- time.Since(from)
	})
	took := <-result
	if total != n*(n+1)/2 {
		return 0, fmt.Errorf("what was received adds up to %d", total)
	}
	return took, nil
}

func tokenRing(n int, locked bool) (time.Duration, error) {
	laps := (n + ringSize/2) / ringSize
	if laps < 1 {
		laps = 1
	}
	chs := channels(ringSize, 0)
	for i := 1; i < ringSize; i++ {
		from, to := chs[i], chs[(i+1)%ringSize]
		start(locked, func() {
			for token := range from {
				to <- token + 1
			}
			// Closed in turn, but for the first, which the others do not receive from.
			if to != chs[0] {
				close(to)
			}
		})
	}
	result := make(chan time.Duration)
	token := 0
	start(locked, func() {
		var from time.Time
		for lap := -1; lap < laps; lap++ {
			if lap == 0 {
				from, token = time.Now(), 0
			}
			chs[1] <- token
			token = <-chs[0]
		}
		took := time.Since(from)
		close(chs[1])
		result <- took
	})
	took := <-result
	if token != laps*(ringSize-1) {
		return 0, fmt.Errorf("the token is %d", token)
	}
	return took * time.Duration(n) / time.Duration(laps*ringSize), nil
}

func sieve(n int, locked bool) (time.Duration, error) {
	chs := channels(len(primes)+1, 0)
	for i, prime := range primes {
		from, to, prime := chs[i], chs[i+1], prime
		start(locked, func() {
			for v := range from {
				if v%prime != 0 {
					to <- v
				}
			}
			close(to)
		})
	}
	start(locked, func() {
		for i := 1; i <= n; i++ {
			chs[0] <- i
		}
		close(chs[0])
	})
	result := make(chan time.Duration)
	total := 0
	start(locked, func() {
		total = <-chs[len(primes)]
		from := time.Now()
		for v := range chs[len(primes)] {
			total += v
		}
		result <- time.Since(from)
	})
	took := <-result
	expected := 0
next:
	for i := 1; i <= n; i++ {
		for _, prime := range primes {
			if i%prime == 0 {
				continue next
			}
		}
		expected += i
	}
	if total != expected {
		return 0, fmt.Errorf("what was received adds up to %d, not %d", total, expected)
	}
	return took, nil
}
