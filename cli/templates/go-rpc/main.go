package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const drainTime = 30 * time.Second

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		log.Fatal(err)
	}

	stopping, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	server := newServer()
	stopped := make(chan struct{})
	go func() {
		<-stopping.Done()
		deadline := time.AfterFunc(drainTime, server.Stop)
		server.GracefulStop() // finishes the requests in flight
		deadline.Stop()
		close(stopped)
	}()

	fmt.Printf("{{name}} listens on port %d\n", listener.Addr().(*net.TCPAddr).Port)
	if err := server.Serve(listener); err != nil {
		log.Fatal(err)
	}
	<-stopped
}
