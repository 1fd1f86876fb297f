"""A netweave plugin in Python: one shelf of servers, read and watched.

Of netweave it needs sdk/proto/netweave/plugin/v1/plugin.proto alone, of which
plugin_pb2 is generated. Go's sdk does all of this for an author; here it is in
full: the backend, the wire's service, what go-plugin asks of every plugin, and
the handshake.
"""

import asyncio
import base64
import datetime
import json
import os
import shutil
import ssl
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.empty_pb2 import Empty
from grpclib import GRPCError, Status
from grpclib.const import Cardinality, Handler
from grpclib.encoding.proto import ProtoStatusDetailsCodec
from grpclib.health.v1 import health_pb2 as health
from grpclib.server import Server

import plugin_pb2 as pb

# The cookie by which an executable knows that netweave started it, the version
# of go-plugin's handshake, and that of netweave's wire.
COOKIE = ("NETWEAVE_PLUGIN", "6fd21c4e-1c0c-4a53-94f5-6d1f4f2b7c0e")
CORE_VERSION, WIRE_VERSION = 1, 1
BATCH = 500  # objects in one message: far below its limit of 16 MiB


def log(level, message, **fields):
    """A line of JSON on standard error comes out in netweave's own log."""
    line = {"@level": level, "@message": message, "@module": "shelf", **fields}
    print(json.dumps(line), file=sys.stderr, flush=True)


def fault(code, message, source="caller", status=Status.UNKNOWN):
    """An error of the wire: what happened, whose fault it is, and words for people."""
    detail = pb.FaultDetail(code=code, source=source, message=message)
    return GRPCError(status, message, [detail])


class Shelf:
    """The backend: everything by kind and native id."""

    def __init__(self, config):
        unknown = sorted(set(config) - {"shelf", "servers"})
        if unknown:
            raise fault("invalid", f"unknown key {unknown[0]!r}: the keys are shelf and servers")
        name, count = config.get("shelf"), config.get("servers", 2)
        if not isinstance(name, str) or not name:
            raise fault("invalid", "shelf is missing: name the shelf to serve")
        if type(count) is not int or not 0 <= count <= 100_000:
            raise fault("invalid", f"servers is {count!r}: want a number from 0 to 100000")
        manager = pb.DeploymentManager(ocloud_id="ocloud-shelf")
        pool = pb.ResourcePool(ocloud_id="ocloud-shelf", location=name)
        model = pb.ResourceType(vendor="Shelf", model="S1", resource_kind="PHYSICAL", resource_class="COMPUTE")
        servers = [
            pb.Object(
                id=f"{name}/{i}", name=f"server {i}",
                extensions_json=json.dumps({"shelf.slot": i}).encode(),
                resource=pb.Resource(resource_type_id="server", resource_pool_id=name),
            )
            for i in range(1, count + 1)
        ]
        self.objects = {
            pb.KIND_DEPLOYMENT_MANAGER: [pb.Object(id="shelf", name="shelves", deployment_manager=manager)],
            pb.KIND_RESOURCE_TYPE: [pb.Object(id="server", name="server", resource_type=model)],
            pb.KIND_RESOURCE_POOL: [pb.Object(id=name, name=f"shelf {name}", resource_pool=pool)],
            pb.KIND_RESOURCE: servers,
        }

    def list(self, kind, tenant):
        """Nothing here is a tenant's, so a list for one is empty."""
        return [] if tenant else self.objects.get(kind, [])

    def get(self, kind, native_id):
        for o in self.objects.get(kind, []):
            if o.id == native_id:
                return o
        raise fault("not-found", f"there is no {native_id!r}", status=Status.NOT_FOUND)


def batches(items):
    return (items[i : i + BATCH] for i in range(0, len(items), BATCH))


class Plugin:
    """The service netweave.plugin.v1.Plugin. What it does not have, grpclib answers
    with UNIMPLEMENTED, as the wire wants it; no capability speaks of it."""

    def __init__(self):
        self.shelf = None

    def opened(self):
        if self.shelf is None:
            raise fault("unavailable", "the plugin is not open", source="plugin", status=Status.UNAVAILABLE)
        return self.shelf

    async def open(self, stream):
        request = await stream.recv_message()
        if self.shelf is not None:
            raise fault("conflict", "the plugin has been opened already: open it once")
        config = json.loads(request.config_json or b"{}")
        self.shelf = Shelf(config)
        log("info", "open", adapter=request.adapter, netweave=request.host_version)
        await stream.send_message(pb.OpenResponse(
            name="shelf", version="0.1.0", capabilities=["real-time-events", "subscriptions"]))

    async def health(self, stream):
        await stream.recv_message()
        self.opened()
        await stream.send_message(pb.HealthResponse())

    async def list(self, stream):
        request = await stream.recv_message()
        for batch in batches(self.opened().list(request.kind, request.tenant)):
            await stream.send_message(pb.ListResponse(objects=batch))

    async def get(self, stream):
        request = await stream.recv_message()
        await stream.send_message(pb.GetResponse(object=self.opened().get(request.kind, request.id)))

    async def watch(self, stream):
        """A whole snapshot, and then every change, of which a shelf has none."""
        await stream.recv_message()
        shelf = self.opened()
        await stream.send_message(pb.WatchResponse(events=[pb.WatchEvent(begin=pb.SnapshotBegin())]))
        for objects in shelf.objects.values():
            for batch in batches(objects):
                await stream.send_message(pb.WatchResponse(events=[pb.WatchEvent(put=o) for o in batch]))
        await stream.send_message(pb.WatchResponse(events=[pb.WatchEvent(synced=pb.SnapshotSynced())]))
        await asyncio.Event().wait()  # until netweave cancels the call

    async def close(self, stream):
        await stream.recv_message()
        self.opened()
        await stream.send_message(pb.CloseResponse())

    def __mapping__(self):
        unary, streaming = Cardinality.UNARY_UNARY, Cardinality.UNARY_STREAM
        service = "/netweave.plugin.v1.Plugin/"
        return {
            service + "Open": Handler(self.open, unary, pb.OpenRequest, pb.OpenResponse),
            service + "Health": Handler(self.health, unary, pb.HealthRequest, pb.HealthResponse),
            service + "List": Handler(self.list, streaming, pb.ListRequest, pb.ListResponse),
            service + "Get": Handler(self.get, unary, pb.GetRequest, pb.GetResponse),
            service + "Watch": Handler(self.watch, streaming, pb.WatchRequest, pb.WatchResponse),
            service + "Close": Handler(self.close, unary, pb.CloseRequest, pb.CloseResponse),
        }


class Process:
    """What go-plugin asks of every plugin: a sign of life, and its end."""

    def __init__(self):
        self.ending = asyncio.Event()

    async def check(self, stream):
        await stream.recv_message()
        await stream.send_message(health.HealthCheckResponse(status=health.HealthCheckResponse.SERVING))

    async def shutdown(self, stream):
        await stream.recv_message()
        await stream.send_message(Empty())
        self.ending.set()

    async def orphaned(self):
        """Returns when the parent is no longer the one it was: netweave is gone."""
        born = os.getppid()
        while os.getppid() == born:
            await asyncio.sleep(1)
        # PyInstaller's loader would have removed this; it was killed too.
        if unpacked := getattr(sys, "_MEIPASS", None):
            shutil.rmtree(unpacked, ignore_errors=True)

    def __mapping__(self):
        unary = Cardinality.UNARY_UNARY
        return {
            "/grpc.health.v1.Health/Check": Handler(
                self.check, unary, health.HealthCheckRequest, health.HealthCheckResponse),
            "/plugin.GRPCController/Shutdown": Handler(self.shutdown, unary, Empty, Empty),
        }


def mutual_tls(client_pem, private):
    """AutoMTLS: trust the one certificate that netweave gave, show one made now.

    Python's ssl and not grpcio's: netweave's certificate has a P-521 key, which
    grpcio's BoringSSL does not take.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=365 * 30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=client_pem)
    context.set_alpn_protocols(["h2"])
    path = os.path.join(private, "key")  # load_cert_chain takes files alone
    with open(path, "wb") as f:
        f.write(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        f.write(certificate.public_bytes(serialization.Encoding.PEM))
    context.load_cert_chain(path)
    os.remove(path)
    der = certificate.public_bytes(serialization.Encoding.DER)
    return context, base64.b64encode(der).decode().rstrip("=")


async def serve(private):
    process = Process()
    server = Server([Plugin(), process], status_details_codec=ProtoStatusDetailsCodec())
    context, certificate = mutual_tls(os.environ["PLUGIN_CLIENT_CERT"], private)
    path = os.path.join(private, "s")  # short: a socket's path has room for 107 bytes
    await server.start(path=path, ssl=context)
    # The handshake: one line, of which netweave reads where, how and with what
    # certificate. From here on standard output is a log.
    print(f"{CORE_VERSION}|{WIRE_VERSION}|unix|{path}|grpc|{certificate}", flush=True)
    ends = [asyncio.create_task(process.ending.wait()), asyncio.create_task(process.orphaned())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    server.close()
    for end in ends:
        end.cancel()


def main():
    if os.environ.get(COOKIE[0]) != COOKIE[1]:
        sys.exit("This is a netweave plugin: it is started by netweave. Try it with \"netweave plugin run\".")
    if str(WIRE_VERSION) not in os.environ.get("PLUGIN_PROTOCOL_VERSIONS", "1").split(","):
        sys.exit(f"this plugin speaks version {WIRE_VERSION} of the wire, and netweave does not")
    # netweave gives a directory for the socket; other hosts may not. What is made
    # in it here has mode 0700.
    with tempfile.TemporaryDirectory(dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR")) as private:
        asyncio.run(serve(private))


if __name__ == "__main__":
    main()
