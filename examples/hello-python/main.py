import os
import signal
from queue import SimpleQueue

from server import start_server

DRAIN_SECONDS = 30


def main() -> None:
    # The one queue that a signal handler may put into while the main thread waits for it.
    stopping = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.put(True))

    server, port = start_server(int(os.environ.get("PORT", "3000")))
    print(f"hello-python listens on port {port}", flush=True)

    stopping.get()
    server.stop(DRAIN_SECONDS).wait()


if __name__ == "__main__":
    main()
