package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// processes runs the patterns of the benchmark "go": goroutines that are started, awaited, cancelled.
func processes(j job) (took time.Duration, known bool, err error) {
	from := time.Now()
	switch j.Pattern {
	case "start, results":
		results := make([]chan int, j.N)
		for i := range results {
			i, result := i, make(chan int, 1)
			results[i] = result
			go func() { result <- i }()
		}
		total := 0
		for _, result := range results {
			total += <-result
		}
		if total != sum(j.N) {
			err = fmt.Errorf("the results add up to %d", total)
		}
	case "start, join":
		var done sync.WaitGroup
		done.Add(j.N)
		for i := 0; i < j.N; i++ {
			go done.Done()
		}
		done.Wait()
	case "one after another":
		for i := 0; i < j.N; i++ {
			result := make(chan int, 1)
			go func() { result <- 1 }()
			<-result
		}
	case "cancel":
		for i := 0; i < j.N; i++ {
			ctx, cancel := context.WithCancel(context.Background())
			begun, ended := make(chan int, 1), make(chan int, 1)
			go func() {
				begun <- 1
				<-ctx.Done()
				ended <- 1
			}()
			<-begun
			began := time.Now()
			cancel()
			<-ended
			took += time.Since(began)
		}
		return took, true, nil
	default:
		return 0, false, nil
	}
	return time.Since(from), true, err
}
