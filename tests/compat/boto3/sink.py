"""What the server calls instead of AWS: keeps the requests, and answers those that tests expect."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Requests as (method, path, headers, body), oldest first.
REQUESTS = []
STARTED = None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        REQUESTS.append((self.command, self.path, dict(self.headers), body))
        status, answer = 200, {}
        if self.headers.get("x-amz-target") == "AmazonSQS.SendMessage":
            if json.loads(body)["QueueUrl"].endswith("/gone"):
                status, answer = 400, {
                    "__type": "com.amazonaws.sqs#QueueDoesNotExist",
                    "message": "The specified queue does not exist.",
                }
        elif self.path == "/token":
            answer = {"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600}
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_GET = answer

    def log_message(self, *_):
        pass


def url():
    """Where it listens: the server under test was told before it started."""
    global STARTED
    port = int(os.environ["STEPWRIGHT_TEST_SINK_PORT"])
    if STARTED is None:
        STARTED = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=STARTED.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{port}"


def requests(wanted):
    return [request for request in REQUESTS if wanted(*request)]
