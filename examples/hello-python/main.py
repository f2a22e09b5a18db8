import os
import signal

from server import start_server

DRAIN_SECONDS = 30


def main() -> None:
    # Blocked before any thread begins, so that none is interrupted and `sigwait` misses none.
    stop_signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)

    server, port = start_server(int(os.environ.get("PORT", "3000")))
    print(f"hello-python listens on port {port}", flush=True)

    signal.sigwait(stop_signals)
    server.stop(DRAIN_SECONDS).wait()


if __name__ == "__main__":
    main()
