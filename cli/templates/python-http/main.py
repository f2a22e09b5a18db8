import os
import signal
from queue import SimpleQueue

from server import start_server, stop_server


def main() -> None:
    # The one queue that a signal handler may put into while the main thread waits for it.
    stopping = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.put(True))

    server = start_server(int(os.environ.get("PORT", "3000")))
    print(f"{{name}} listens on port {server.server_port}", flush=True)

    stopping.get()
    stop_server(server)


if __name__ == "__main__":
    main()
