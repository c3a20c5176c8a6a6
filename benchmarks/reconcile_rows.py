"""Misspelt rows sent to the reconciliation service: recall, precision and rows a second.

    python -m benchmarks.reconcile_rows --places populated_places_10m.csv

The rows are names of the bundled graph, or of the places of Natural Earth loaded into it, in seven
languages. Each has one typing error: a letter dropped, replaced, or swapped with the next one; of a
Korean name one vowel. Rows come with their type, and the country as a property, or as a name only.

`recall` is the share of the rows whose entity is the first candidate, `matched` that of the rows
with a match, `precision` the share of these that are right. The second line of a table leaves out
rows that no service can tell: whose name several entities have, or that became another's name. The
third leaves out those as well that are as near to a name of another candidate: "oro" is one letter
from Coro and from Yoro.
"""

import argparse
import contextlib
import json
import os
import random
import subprocess
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rapidfuzz.distance import OSA

from benchmarks.servers.own_servers import SCRIPTS, free_port, run_server

LANGUAGES = ("en", "ko", "fr", "es", "ar", "zh", "ru")
_BATCH = 500
_NAMES = """PREFIX usdg: <https://w3id.org/urbansdg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX org: <http://www.w3.org/ns/org#> PREFIX sdgo: <http://metadata.un.org/sdg/ontology#>
SELECT DISTINCT ?thing ?kind ?name ?country WHERE {
  VALUES ?kind { usdg:City usdg:Country usdg:Policy org:Organization
                 sdgo:Goal sdgo:Target sdgo:Indicator }
  ?thing a ?kind ; skos:prefLabel|dcterms:title|usdg:shortName ?name
  OPTIONAL { ?thing usdg:country ?country } }"""


@dataclass(frozen=True)
class Named:
    """A name of an entity, with its language, its type and its country ("" without one)."""

    thing: str
    kind: str
    country: str
    name: str
    language: str


@dataclass(frozen=True)
class Row:
    """A misspelt row, and what it means; `is_clear` unless no service can tell."""

    text: str
    meant: Named
    is_clear: bool


def names_of(url: str) -> list[Named]:
    """Return the names of the entities of a server, in the seven languages."""
    answer = httpx.get(
        f"{url}/sparql",
        params={"query": _NAMES},
        headers={"accept": "application/sparql-results+json"},
        timeout=120,
    )
    rows = answer.raise_for_status().json()["results"]["bindings"]
    every = (
        Named(
            row["thing"]["value"],
            row["kind"]["value"],
            row.get("country", {}).get("value", ""),
            row["name"]["value"],
            row["name"].get("xml:lang", ""),
        )
        for row in rows
    )
    return [named for named in every if named.language in LANGUAGES]


def misspelt(name: str, alphabet: str, chance: random.Random) -> str:
    """Return a name with one typing error; in a Korean name one vowel is another one."""
    letters = unicodedata.normalize("NFD", name)
    vowels = [at for at, letter in enumerate(letters) if "\u1161" <= letter <= "\u1175"]
    if vowels:
        at = chance.choice(vowels)
        other = chr(
            chance.choice([code for code in range(0x1161, 0x1176) if chr(code) != letters[at]])
        )
        return unicodedata.normalize("NFC", letters[:at] + other + letters[at + 1 :])
    at = chance.randrange(len(name))
    kind = chance.choice(("dropped", "replaced", "swapped") if len(name) > 1 else ("replaced",))
    if kind == "dropped":
        return name[:at] + name[at + 1 :]
    if kind == "swapped":
        at = min(at, len(name) - 2)
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + chance.choice(alphabet) + name[at + 1 :]


def rows_of(names: Sequence[Named], count: int, seed: int, *, has_country: bool) -> list[Row]:
    """Return misspelt rows: of each entity as likely, in each of its languages as likely."""
    chance = random.Random(seed)  # noqa: S311  # rows, not secrets
    by_thing: dict[str, list[Named]] = defaultdict(list)
    letters: dict[str, Counter[str]] = defaultdict(Counter)
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for named in names:
        by_thing[named.thing].append(named)
        letters[named.language].update(letter for letter in named.name.lower() if letter.isalpha())
        owners[named.name.casefold(), named.country if has_country else ""].add(named.thing)
    alphabets = {language: "".join(sorted(count)) for language, count in letters.items()}
    things = sorted(by_thing)
    rows: list[Row] = []
    while len(rows) < count:
        meant = chance.choice(by_thing[chance.choice(things)])
        text = misspelt(meant.name, alphabets[meant.language], chance)
        if text.strip() and text.casefold() != meant.name.casefold():
            place = meant.country if has_country else ""
            clear = len(owners[meant.name.casefold(), place]) == 1
            rows.append(Row(text, meant, clear and not owners.get((text.casefold(), place))))
    return rows


def reconciled(url: str, rows: Sequence[Row], *, is_name_only: bool) -> list[list[dict[str, Any]]]:
    """Return the candidates of each row, sent in batches over one connection."""
    results: list[list[dict[str, Any]]] = []
    with httpx.Client(base_url=url, timeout=120) as client:
        for start in range(0, len(rows), _BATCH):
            batch = {
                str(at): {"query": row.text} if is_name_only else _query(row)
                for at, row in enumerate(rows[start : start + _BATCH])
            }
            answer = client.post("/reconcile", data={"queries": json.dumps(batch)})
            body = answer.raise_for_status().json()
            results += [body[identifier]["result"] for identifier in batch]
    return results


def _query(row: Row) -> dict[str, Any]:
    query: dict[str, Any] = {"query": row.text, "type": row.meant.kind}
    if row.meant.country:
        query["properties"] = [{"pid": "country", "v": row.meant.country}]
    return query


def figures(rows: Sequence[Row], results: Sequence[Sequence[dict[str, Any]]]) -> dict[str, float]:
    """Return recall@1, the share of matches, and their precision."""
    first = [candidates[0] if candidates else {} for candidates in results]
    right = [
        candidate.get("id") == row.meant.thing for row, candidate in zip(rows, first, strict=True)
    ]
    matched = [bool(candidate.get("match")) for candidate in first]
    hits = sum(one and other for one, other in zip(right, matched, strict=True))
    return {
        "recall": sum(right) / len(rows),
        "matched": sum(matched) / len(rows),
        "precision": hits / max(sum(matched), 1),
    }


def nearest(
    rows: Sequence[Row], results: Sequence[Sequence[dict[str, Any]]], names: Sequence[Named]
) -> list[int]:
    """Return the rows that no other candidate has a name as near to as the one that is meant."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for named in names:
        spellings[named.thing].add(_spelling(named.name))
    chosen = []
    for at, (row, candidates) in enumerate(zip(rows, results, strict=True)):
        text = _spelling(row.text)
        meant = OSA.distance(text, _spelling(row.meant.name))
        others = {candidate["id"] for candidate in candidates} - {row.meant.thing}
        near = (OSA.distance(text, name) for thing in others for name in spellings[thing])
        if min(near, default=meant + 1) > meant:
            chosen.append(at)
    return chosen


def _spelling(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


def _report(
    title: str, rows: Sequence[Row], results: Sequence[Any], names: Sequence[Named], seconds: float
) -> None:
    clear = [at for at, row in enumerate(rows) if row.is_clear]
    near = [at for at in nearest(rows, results, names) if rows[at].is_clear]
    for name, chosen in (
        (title, range(len(rows))),
        ("  of clear rows", clear),
        ("  nearest to one entity", near),
    ):
        count = len(chosen)
        measured = figures([rows[at] for at in chosen], [results[at] for at in chosen])
        shares = "".join(f"{measured[key]:>11.4f}" for key in ("recall", "matched", "precision"))
        print(f"{name:<32}{count:>8}{shares}", end="")
        print(f"{len(rows) / seconds:>10.0f}" if name == title else "", flush=True)


@contextlib.contextmanager
def _server(places: Path | None) -> Iterator[str]:
    """Run a server on the bundled graph, with places loaded into it."""
    with tempfile.TemporaryDirectory(prefix="urbansdg-bench-") as name:
        program, data = str(SCRIPTS / "urbansdg"), str(Path(name) / "graph")
        subprocess.run((program, "init", "--data-dir", data), check=True, capture_output=True)
        if places is not None:
            loading = (program, "load", str(places), "--data-dir", data)
            subprocess.run(loading, check=True, capture_output=True)
        port = free_port()
        settings = {"URBANSDG_FRONT_ENDS": "1", "URBANSDG_CLIENT_SECONDS": "1000000"}
        command = (program, "serve", "--data-dir", data, "--port", str(port))
        with run_server(command, port, settings):
            yield f"http://127.0.0.1:{port}"


def _await(url: str) -> None:
    """Wait until the service answers: the search index is made in the first seconds."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            queries = {"queries": '{"q": {"query": "Seoul"}}'}
            if httpx.get(f"{url}/reconcile", params=queries, timeout=60).is_success:
                return
        time.sleep(0.5)
    raise SystemExit("The server does not answer.")


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", help="a server that runs already")
    options.add_argument("--places", type=Path, help="a table of places of Natural Earth")
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    running = contextlib.nullcontext(arguments.url) if arguments.url else _server(arguments.places)
    with running as url:
        _await(url)
        names = names_of(url)
        cities = [named for named in names if named.country]
        print(f"{len({named.thing for named in names})} entities, {len(names)} names")
        heads = "".join(f"{head:>11}" for head in ("recall", "matched", "precision"))
        print(f"{'rows':<32}{'count':>8}{heads}{'rows/s':>10}")
        for kinds, of in (("all kinds", names), ("cities", cities)):
            for is_name_only in (False, True):
                title = f"{kinds}, {'name only' if is_name_only else 'with type and country'}"
                rows = rows_of(of, arguments.rows, arguments.seed, has_country=not is_name_only)
                start = time.perf_counter()
                results = reconciled(url, rows, is_name_only=is_name_only)
                _report(title, rows, results, names, time.perf_counter() - start)
        print(f"load: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    _main()
