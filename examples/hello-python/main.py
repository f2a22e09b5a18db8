import os
import signal
import threading

from server import start_server

DRAIN_SECONDS = 30


def main() -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())

    server, port = start_server(int(os.environ.get("PORT", "3000")))
    print(f"hello-python listens on port {port}", flush=True)

    stopping.wait()
    server.stop(DRAIN_SECONDS).wait()


if __name__ == "__main__":
    main()
