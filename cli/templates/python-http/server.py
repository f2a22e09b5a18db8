"""An HTTP server with a thread for each connection."""

import threading
from http.server import ThreadingHTTPServer
from socketserver import TCPServer

from service import Handler


class Server(ThreadingHTTPServer):
    # Closing the server waits for the requests in flight.
    daemon_threads = False
    request_queue_size = 128

    def server_bind(self):
        # HTTPServer's own asks the DNS for this machine's name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


def start_server(port: int) -> Server:
    """Listens on the port, a free one when it is 0; the server's `server_port` says which."""
    server = Server(("", port), Handler)
    threading.Thread(target=server.serve_forever, args=(0.1,), name="server").start()
    return server


def stop_server(server: Server) -> None:
    """Takes no new requests, and returns when those in flight are answered."""
    server.shutdown()
    server.server_close()
