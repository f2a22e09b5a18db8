package main

import (
	"errors"
	"io"
	"net"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"example/{{name}}/pb"
)

// dial starts the server on a free port and connects to it.
func dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer()
	go server.Serve(listener)
	t.Cleanup(server.Stop)

	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}

func TestCallGreets(t *testing.T) {
	client := pb.New{{type}}Client(dial(t))
	for name, want := range map[string]string{"Alice": "Hello Alice", "": "Hello World"} {
		response, err := client.Call(t.Context(), &pb.CallRequest{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := response.GetMessage(); got != want {
			t.Errorf("Call(%q) answered %q, want %q", name, got, want)
		}
	}
}

func TestStreamCountsUpFromOne(t *testing.T) {
	client := pb.New{{type}}Client(dial(t))
	stream, err := client.Stream(t.Context(), &pb.StreamRequest{Messages: 3})
	if err != nil {
		t.Fatal(err)
	}

	var got []int32
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, response.GetCount())
	}
	if want := []int32{1, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("Stream sent %v, want %v", got, want)
	}
}

func TestItSaysThatItIsWell(t *testing.T) {
	health := healthpb.NewHealthClient(dial(t))
	response, err := health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: pb.{{type}}_ServiceDesc.ServiceName})
	if err != nil {
		t.Fatal(err)
	}
	if got := response.GetStatus(); got != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("health is %v", got)
	}
}
