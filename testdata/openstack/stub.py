"""Stands in for Glance, which has one image, and for Neutron, which has nothing:
the reads that Nova makes of them for servers without networks."""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, IMAGE_ID = int(sys.argv[1]), sys.argv[2]
BASE = "http://127.0.0.1:%d" % PORT
IMAGE = {
    "id": IMAGE_ID, "name": "tiny", "status": "active", "visibility": "public",
    "container_format": "bare", "disk_format": "raw", "size": 1024, "virtual_size": None,
    "min_disk": 0, "min_ram": 0, "protected": False, "owner": None,
    "checksum": "d41d8cd98f00b204e9800998ecf8427e", "os_hidden": False, "tags": [],
    "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:00Z",
    "file": "/v2/images/%s/file" % IMAGE_ID, "schema": "/v2/schemas/image",
    "self": "/v2/images/" + IMAGE_ID,
}
# Nova's client reads an image's attributes through the schema.
SCHEMA = {"name": "image", "properties": {key: {} for key in IMAGE}, "additionalProperties": True}
VERSIONS = {"versions": [
    {"id": "v2.9", "status": "CURRENT", "links": [{"rel": "self", "href": BASE + "/v2/"}]},
    {"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": BASE + "/v2.0/"}]},
]}
ANSWERS = {
    "": (300, VERSIONS),
    "/versions": (300, VERSIONS),
    "/v2/images": (200, {"images": [IMAGE], "schema": "/v2/schemas/images", "first": "/v2/images"}),
    "/v2/images/" + IMAGE_ID: (200, IMAGE),
    "/v2/schemas/image": (200, SCHEMA),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, body):
        raw = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def do_GET(self):
        path = self.path.split("?")[0].rstrip("/")
        network = re.match(r"^/v2\.0/([a-z-]+)$", path)
        if network:
            self.answer(200, {network.group(1).replace("-", "_"): []})
        else:
            self.answer(*ANSWERS.get(path, (404, {"error": "the stub has no " + path})))

    do_HEAD = do_GET

    def refuse(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(501, {"error": "the stub can only be read"})

    do_POST = do_PUT = do_PATCH = do_DELETE = refuse

    def log_message(self, form, *args):
        sys.stderr.write("stub %s\n" % (form % args))


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
