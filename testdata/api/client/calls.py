"""Calls of a generated client, each answer of which is checked."""

import datetime
import importlib
import os
import sys

import httpx
from openapi_python_client.strings import PythonIdentifier
from ruamel.yaml import YAML

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def operations(document):
    """The tags of each operation of a document, by the operation's id."""
    with open(document, encoding="utf-8") as file:
        paths = YAML(typ="safe").load(file)["paths"]
    return {
        operation["operationId"]: operation.get("tags", ["default"])
        for item in paths.values()
        for method, operation in item.items()
        if method in METHODS
    }


class Api:
    """A generated client, which notes what it called."""

    def __init__(self, family, document, url):
        self.family, self.url = family, url
        self.operations = operations(document)
        self.called = set()
        client = importlib.import_module(family + ".client")
        self.client = client.AuthenticatedClient(
            base_url=url, token=os.environ["NETWEAVE_TOKEN"], raise_on_unexpected_status=True, timeout=httpx.Timeout(20)
        )
        self.models = importlib.import_module(family + ".models")

    def model(self, name, content):
        """The document's data type of that name."""
        return getattr(self.models, name).from_dict(content)

    def response(self, operation, *args, want=200, **parameters):
        """The response of an operation; want is its status."""
        tag, name = PythonIdentifier(self.operations[operation][0], "tag"), PythonIdentifier(operation, "field_")
        module = importlib.import_module(f"{self.family}.api.{tag}.{name}")
        got = module.sync_detailed(*args, client=self.client, **parameters)
        said = got.content.decode(errors="replace")
        check(got.status_code == want, f"{operation}: {got.status_code}, not {want}: {said[:2000]}")
        if said and "json" in got.headers.get("Content-Type", ""):
            check(same(plain(got.parsed), httpx.Response(200, content=got.content).json()), f"{operation}: the client reads {said} as {got.parsed}")
        self.called.add(operation)
        return got

    def call(self, operation, *args, **parameters):
        """What an operation returns."""
        return self.response(operation, *args, **parameters).parsed

    def unknown(self, operation, *args, **parameters):
        """Calls an operation on something that is not there."""
        problem = self.call(operation, *args, want=404, **parameters)
        check(problem.status == 404 and problem.detail, f"{operation}: {problem}")


def check(right, wrong):
    if not right:
        sys.exit(wrong)


def plain(parsed):
    """What a parsed answer is as JSON."""
    if isinstance(parsed, list):
        return [plain(item) for item in parsed]
    return parsed.to_dict() if hasattr(parsed, "to_dict") else parsed


def same(one, other):
    """Whether two values are the same JSON, times in whatever form."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, str) and isinstance(other, str) and one != other:
        return moment(one) == moment(other)
    return one == other


def moment(text):
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return text
