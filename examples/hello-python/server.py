"""A gRPC server without TLS that also answers health checks (grpc.health.v1)."""

from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

import hellopython_pb2_grpc as pb_grpc
from service import Service

THREADS = 32


def start_server(port: int) -> tuple[grpc.Server, int]:
    """Listens on the port, a free one when it is 0, and returns the server with the port that it has."""
    server = grpc.server(ThreadPoolExecutor(max_workers=THREADS))
    pb_grpc.add_HelloPythonServicer_to_server(Service(), server)

    checks = health.HealthServicer()
    checks.set("hellopython.HelloPython", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)

    bound = server.add_insecure_port(f"[::]:{port}")
    server.start()
    return server, bound
