package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"example/{{name}}/pb"
)

// service is what {{name}} answers: one method for each rpc of proto/{{package}}.proto.
type service struct {
	pb.Unimplemented{{type}}Server
}

func (service) Call(_ context.Context, request *pb.CallRequest) (*pb.CallResponse, error) {
	name := request.GetName()
	if name == "" {
		name = "World"
	}
	return &pb.CallResponse{Message: fmt.Sprintf("Hello %s", name)}, nil
}

func (service) Stream(request *pb.StreamRequest, stream grpc.ServerStreamingServer[pb.StreamResponse]) error {
	for count := int32(1); count <= request.GetMessages(); count++ {
		if err := stream.Send(&pb.StreamResponse{Count: count}); err != nil {
			return err
		}
	}
	return nil
}

// newServer has the service and health checks (grpc.health.v1), without TLS.
func newServer() *grpc.Server {
	server := grpc.NewServer()
	pb.Register{{type}}Server(server, service{})

	checks := health.NewServer()
	checks.SetServingStatus(pb.{{type}}_ServiceDesc.ServiceName, healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(server, checks)
	return server
}
