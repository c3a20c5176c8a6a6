"""The redirect rules of w3id.org, read by a small interpreter of mod_rewrite's RewriteRule."""

import re
from collections.abc import Iterator
from importlib.resources import files

import httpx
import pyoxigraph as ox
import pytest

from tests.support.server import Server

_NAME = "https://w3id.org/urbansdg/"
_AT = "https://urbansdg.example"
_RULE = re.compile(r"RewriteRule (\S+) (\S+) \[(\S+)\]")


def _redirected(path: str) -> tuple[int, str] | None:
    """Return the status and the address that the rules give a path, None where none fits."""
    rules = files("urbansdg.ontology").joinpath("w3id", ".htaccess").read_text("utf-8")
    environment: dict[str, str] = {}
    for pattern, target, flags in _RULE.findall(rules):
        match = re.search(pattern, path)
        if match is None:
            continue
        flags_of_rule = dict(flag.partition("=")[::2] for flag in flags.split(","))
        if "E" in flags_of_rule:
            name, _, value = flags_of_rule["E"].partition(":")
            environment[name] = value
        if target != "-":
            address = re.sub(r"%\{ENV:(\w+)\}", lambda match: environment[match[1]], target)
            return int(flags_of_rule["R"]), match.expand(address.replace("$", "\\"))
    return None


def _terms() -> Iterator[str]:
    """Yield the IRIs of the vocabulary under the name."""
    folder = files("urbansdg.ontology")
    schemes = folder.joinpath("vocab").iterdir()
    for source in (folder.joinpath("ontology.ttl"), *schemes):
        for quad in ox.parse(source.read_bytes(), format=ox.RdfFormat.TURTLE):
            if isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(_NAME):
                yield quad.subject.value


def test_every_term_leads_to_its_vocabulary(serving: Server) -> None:
    """The IRI of every term is redirected to a page and to RDF that this server gives."""
    paths = {iri.removeprefix(_NAME).partition("#")[0] for iri in _terms()}
    assert {"ontology", "vocab/status"} <= paths
    for path in sorted(paths):
        redirect = _redirected(path)
        assert redirect is not None, path
        status, address = redirect
        assert (status, address.startswith(f"{_AT}/")) == (303, True)
        for accept in ("text/html", "text/turtle"):
            here = serving.url + address.removeprefix(_AT)
            answer = httpx.get(here, headers={"accept": accept})
            assert answer.status_code == 200, path
            assert answer.headers["content-type"].startswith(accept)


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("", (303, f"{_AT}/ontology")),
        ("shapes/", (303, f"{_AT}/shapes")),
        ("ontology.ttl", (302, f"{_AT}/ontology.ttl")),
        ("context.jsonld", (302, f"{_AT}/context.jsonld")),
        ("vocab/../../etc", None),
        ("ontology.exe", None),
        ("none", None),
    ],
)
def test_files_are_redirected_and_nothing_else(path: str, there: tuple[int, str] | None) -> None:
    """Files of the vocabulary are redirected, and other paths are not."""
    assert _redirected(path) == there
