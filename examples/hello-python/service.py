"""What hello-python answers: one method for each rpc of proto/hellopython.proto."""

import hellopython_pb2 as pb
import hellopython_pb2_grpc as pb_grpc


class Service(pb_grpc.HelloPythonServicer):
    def Call(self, request, context):
        return pb.CallResponse(message=f"Hello {request.name or 'World'}")

    def Stream(self, request, context):
        for count in range(1, request.messages + 1):
            yield pb.StreamResponse(count=count)
