# SPDX-License-Identifier: ISC
"""A node that lies to wallets: a proxy before a real one."""
import http.server, json, threading, urllib.request


class Liar:
    """Passes calls on to a node; `lie(method, result)` may alter an answer, `instead(question)` may give one
    that the node is not asked for."""

    def __init__(self, target):
        liar, self.target, self.instead = self, target, lambda q: None
        self.lie, self.lied, self.asked = lambda m, r: None, 0, 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                question = json.loads(body)  # a list: several at once, which are passed on as they are
                liar.asked += 1
                answer = liar.instead(question) if isinstance(question, dict) else None
                if answer is None:
                    answer = liar.ask(body)
                if isinstance(question, dict) and "result" in answer:
                    before = json.dumps(answer)
                    liar.lie(question["method"], answer["result"])
                    liar.lied += json.dumps(answer) != before
                out = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, body):
        q = urllib.request.Request(self.target, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(q, timeout=10) as f:
            return json.load(f)
