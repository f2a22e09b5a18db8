import json
import unittest
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from server import start_server, stop_server

# The machine's proxy settings are not for a server on this machine.
opener = build_opener(ProxyHandler({}))


class ServiceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = start_server(0)
        cls.addClassCleanup(stop_server, cls.server)

    def get(self, path):
        with opener.open(f"http://127.0.0.1:{self.server.server_port}{path}") as response:
            return json.load(response)

    def test_it_greets_by_name(self):
        self.assertEqual(self.get("/?name=Alice"), {"message": "Hello Alice"})

    def test_it_greets_the_world_when_no_name_is_given(self):
        self.assertEqual(self.get("/"), {"message": "Hello World"})

    def test_it_says_that_it_is_well(self):
        self.assertEqual(self.get("/health"), {"status": "ok"})

    def test_it_has_nothing_elsewhere(self):
        with self.assertRaises(HTTPError) as raised:
            self.get("/nowhere")
        with raised.exception as error:
            self.assertEqual(error.code, 404)
            self.assertEqual(json.load(error), {"error": "Nothing is at /nowhere."})


if __name__ == "__main__":
    unittest.main()
