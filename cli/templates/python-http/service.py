"""What {{name}} answers: `GET /?name=Alice`, and `GET /health` for whoever asks if it is well."""

import json
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    # Seconds a client may stay silent.
    timeout = 5

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/":
            name = parse_qs(url.query).get("name", ["World"])[0]
            self.answer(200, {"message": f"Hello {name}"})
        elif url.path == "/health":
            self.answer(200, {"status": "ok"})
        else:
            self.answer(404, {"error": f"Nothing is at {url.path}."})

    def answer(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, code="-", size="-"):
        """Says nothing: the platform knows the requests it routed."""
