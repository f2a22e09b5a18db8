import os
import signal
import threading

from server import start_server, stop_server


def main() -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

    server = start_server(int(os.environ.get("PORT", "3000")))
    print(f"{{name}} listens on port {server.server_port}", flush=True)

    stopping.wait()
    stop_server(server)


if __name__ == "__main__":
    main()
