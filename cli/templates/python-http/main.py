import os
import signal

from server import start_server, stop_server


def main() -> None:
    # Blocked before any thread begins, so that none is interrupted and `sigwait` misses none.
    stop_signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)

    server = start_server(int(os.environ.get("PORT", "3000")))
    print(f"{{name}} listens on port {server.server_port}", flush=True)

    signal.sigwait(stop_signals)
    stop_server(server)


if __name__ == "__main__":
    main()
