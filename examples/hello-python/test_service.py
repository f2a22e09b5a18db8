import unittest

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

import hellopython_pb2 as pb
import hellopython_pb2_grpc as pb_grpc
from server import start_server


class ServiceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        server, port = start_server(0)
        cls.addClassCleanup(lambda: server.stop(None).wait())
        cls.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        cls.addClassCleanup(cls.channel.close)
        cls.client = pb_grpc.HelloPythonStub(cls.channel)

    def test_call_greets_by_name(self):
        response = self.client.Call(pb.CallRequest(name="Alice"))
        self.assertEqual(response.message, "Hello Alice")

    def test_call_greets_the_world_when_no_name_is_given(self):
        response = self.client.Call(pb.CallRequest())
        self.assertEqual(response.message, "Hello World")

    def test_stream_counts_up_from_one(self):
        responses = self.client.Stream(pb.StreamRequest(messages=3))
        self.assertEqual([response.count for response in responses], [1, 2, 3])

    def test_it_says_that_it_is_well(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        response = health.Check(health_pb2.HealthCheckRequest(service="hellopython.HelloPython"))
        self.assertEqual(response.status, health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    unittest.main()
