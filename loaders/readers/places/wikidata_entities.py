"""Reader of Wikidata's entities in JSON (CC0): cities with names, positions and populations.

The source is a document of `Special:EntityData`, or lines of a JSON dump, also compressed. An item
is a city if the graph has it, or if it is an instance of a class of cities. Statements have ranks
and qualifiers: deprecated ones, those of the past and those about a part are left out and counted.
"""

import bz2
import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from urbansdg.errors import Place, Problem, Severity, SourceUnreadable
from urbansdg.loaders.drafts.draft import Draft, ReadContext, checksum, write_draft
from urbansdg.loaders.gazetteer.city_gazetteer import City
from urbansdg.loaders.parse.facts import LISTED, ReadResult, Record
from urbansdg.loaders.parse.json_documents import member, parse_json, read_json
from urbansdg.loaders.parse.wikidata_json import (
    WikidataStatement,
    best,
    item_of,
    position,
    statements_of,
    terms_of,
    whole_number,
)
from urbansdg.loaders.tables.country_names import COMMON_LANGUAGES, alpha3_by_wikidata
from urbansdg.loaders.tables.places import city, population
from urbansdg.store import Source

_CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
_LOOK: Final = 1 << 16
_LINE: Final = 64 << 20
"""The longest line of a dump, in bytes."""

_ENDINGS: Final = (".json", ".jsonl", ".ndjson", ".json.gz", ".json.bz2")
_DOCUMENT: Final = re.compile(rb'\s*\{\s*"entities"\s*:\s*\{\s*"Q[1-9]')
_LINES: Final = re.compile(
    rb'\s*\[?\s*\{(?=.{0,400}"type"\s*:\s*"item")(?=.{0,400}"id"\s*:\s*"Q)', re.DOTALL
)
_INSTANCE, _COUNTRY, _POSITION, _POPULATION = "P31", "P17", "P625", "P1082"
_GEONAMES, _LOCODE = "P1566", "P1937"
_CITIES: Final = frozenset(
    (
        *("Q515", "Q1549591", "Q1637706", "Q174844", "Q200250", "Q5119", "Q208511", "Q3957"),
        *("Q7930989", "Q486972", "Q15284", "Q1093829", "Q484170", "Q747074", "Q262166"),
        *("Q22865", "Q42744322", "Q2074737", "Q3184121", "Q494721", "Q748149", "Q2264924"),
        "Q902814",
    )
)
"""Classes of cities, towns and municipalities; a file of entities does not have their hierarchy."""

_PAGES: Final = "https://www.wikidata.org/wiki/"
_DATASET: Final = "wikidata-population"


@dataclass(frozen=True, slots=True)
class WikidataEntities:
    """The reader of entities in JSON."""

    name: str = "wikidata"
    version: str = "1"

    def reads(self, path: Path) -> bool:
        """Return whether a file begins as a document or a dump of entities."""
        if not path.is_file() or not path.name.lower().endswith(_ENDINGS):
            return False
        try:
            with closing(_open(path)) as file:
                start = file.read(_LOOK)
        except (OSError, EOFError, ValueError):
            return False
        return bool(_DOCUMENT.match(start) or _LINES.match(start))

    def read(self, path: Path, graph: str | None, context: ReadContext) -> Draft:
        """Read the cities; raises `SourceUnreadable`."""
        source = Source(path.name, checksum([path]), self.name, self.version, licence=_CC0)
        return write_draft(
            graph or self.name,
            _Cities(context).findings(path),
            source,
            context,
            None,
            rows_are_independent=True,
        )


@dataclass(slots=True)
class _Cities:
    context: ReadContext
    left_out: Counter[str] = field(default_factory=Counter)
    by_item: dict[str, City | None] = field(init=False)
    loaded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_item = {}
        for known in self.context.gazetteer().cities:
            if known.wikidata:
                self.by_item[known.wikidata] = None if known.wikidata in self.by_item else known

    def findings(self, path: Path) -> Iterator[ReadResult]:
        """Yield the facts of the cities, then what was left out, one message for each kind."""
        for place, entity in _entities(path):
            item = member(entity, "id")
            if isinstance(item, str) and re.fullmatch(r"Q[1-9]\d*", item):
                yield from self._entity(item, entity, place)
            else:
                self.left_out["entities that are no items"] += 1
        for what, count in self.left_out.items():
            yield Problem(
                "left-out",
                f"Left out: {what} ({count:,}).",
                "No action is needed, unless they should be in the graph.",
                Place(path.name),
                Severity.INFO,
            )

    def _entity(self, item: str, entity: object, place: Place) -> Iterator[ReadResult]:
        geonames = self._only_text(entity, _GEONAMES, r"[1-9]\d*")
        known = self.by_item.get(item) or self.context.gazetteer().by_key.get(geonames)
        classes = {item_of(statement.value) for statement in best(statements_of(entity, _INSTANCE))}
        if known is None and classes.isdisjoint(_CITIES):
            self.left_out["items that are no cities"] += 1
            return
        if known is not None and known.wikidata not in {"", item}:
            why = f"GeoNames {geonames} is {known} in the graph, whose item is {known.wikidata}"
            yield _omission(place, item, "wrong-identifier", why)
            return
        country = self._country(entity)
        own = known.country if known else ""
        if not (country or own):
            yield _omission(place, item, "unknown-country", "it is not in exactly one country")
            return
        key = known.key if known else geonames or item
        if key in self.loaded:
            why = f"it has the identifier of {self.loaded[key]}: {key}"
            yield _omission(place, item, "duplicate-identifier", why)
            return
        self.loaded[key] = item
        self.context.gazetteer().answers[item, ""] = key
        cells = {
            "key": key,
            "wikidata": item,
            "geonames": geonames if known is None or geonames == known.key else "",
            "country": own or country,
            "unlocode": self._locode(entity, known),
            **self._position(entity),
            **self._names(entity),
        }
        filled = {column: text for column, text in cells.items() if text}
        if "other" not in filled and known is None:
            yield _omission(place, item, "no-name", "it has no label")
            return
        yield from city(Record(place, filled), self.context.iris)
        yield from self._populations(entity, item, key, place)

    def _country(self, entity: object) -> str:
        """Return the alpha-3 code of the country, if the best statements name exactly one."""
        values = {item_of(statement.value) for statement in best(statements_of(entity, _COUNTRY))}
        codes = {alpha3_by_wikidata(item) for item in values}
        return codes.pop() if len(codes) == 1 else ""

    def _position(self, entity: object) -> dict[str, str]:
        positions = {
            position(statement.value) for statement in best(statements_of(entity, _POSITION))
        } - {None}
        if len(positions) > 1:
            self.left_out["positions of cities with several positions"] += len(positions)
        if len(positions) != 1:
            return {}
        latitude, longitude = positions.pop() or ("", "")
        return {"latitude": latitude, "longitude": longitude}

    def _locode(self, entity: object, known: City | None) -> str:
        code = self._only_text(entity, _LOCODE, r"[A-Z]{2} ?[A-Z2-9]{3}").replace(" ", "")
        return code if known is None or known.unlocode in {"", code} else ""

    def _only_text(self, entity: object, property_id: str, pattern: str) -> str:
        """Return the text of the best statements of an external id, if there is exactly one."""
        stated = (statement.value for statement in best(statements_of(entity, property_id)))
        texts = {text for text in stated if isinstance(text, str) and re.fullmatch(pattern, text)}
        return texts.pop() if len(texts) == 1 else ""

    def _names(self, entity: object) -> dict[str, str]:
        """Return the labels and aliases as columns of the table of cities.

        Wikidata repeats a label in 200 languages; one that another label has already is left out,
        except in the most common languages.
        """
        labels: dict[str, str] = {}
        terms = sorted(terms_of(entity, "labels"), key=lambda term: term[0] not in _COMMON)
        for tag, text in terms:
            if tag in _COMMON or text not in labels.values():
                labels.setdefault(tag, text)
        aliases = dict.fromkeys(
            (tag, text) for tag, text in terms_of(entity, "aliases") if text not in labels.values()
        )
        return {"other": _tagged(labels.items()), "alternative": _tagged(aliases)}

    def _populations(
        self, entity: object, item: str, key: str, place: Place
    ) -> Iterator[ReadResult]:
        by_year: dict[str, list[WikidataStatement]] = defaultdict(list)
        for statement in statements_of(entity, _POPULATION):
            year, number = statement.year(), whole_number(statement.value)
            if statement.is_deprecated:
                self.left_out["populations of deprecated rank"] += 1
            elif statement.is_partial:
                self.left_out["populations of a part of a city"] += 1
            elif number is None:
                self.left_out["populations without a whole number"] += 1
            elif year is None:
                self.left_out["populations without a year"] += 1
            else:
                by_year[year].append(statement)
        for year, statements in sorted(by_year.items()):
            values = best(statements) or statements
            numbers = {whole_number(statement.value) for statement in values}
            if len(numbers) > 1:
                self.left_out["populations of a year with several values"] += len(values)
                continue
            addresses = (statement.address() for statement in values)
            cells = {
                "dataset": _DATASET,
                "city": key,
                "year": year,
                "population": whole_number(values[0].value) or "",
                "source": next(filter(None, addresses), f"{_PAGES}{item}"),
            }
            yield from population(Record(place, cells), self.context.iris)


_COMMON: Final = frozenset(tag.replace("_", "-").lower() for tag in COMMON_LANGUAGES)


def _tagged(terms: Iterable[tuple[str, str]]) -> str:
    """Return terms as a cell of the table; one with the sign between terms is left out."""
    fitting = ((tag, text) for tag, text in terms if text and LISTED.strip() not in text)
    return LISTED.join(f"{tag}:{text}" for tag, text in fitting)


def _omission(place: Place, item: str, code: str, why: str) -> Problem:
    return Problem(
        code,
        f"{item} was left out: {why}.",
        "Correct it in Wikidata, or leave it out of the file.",
        place,
        Severity.WARNING,
        item,
    )


def _entities(path: Path) -> Iterator[tuple[Place, object]]:
    """Yield the entities of a file with their places; raises `SourceUnreadable`."""
    with closing(_open(path)) as file:
        is_document = _DOCUMENT.match(file.read(_LOOK)) is not None
    if is_document:
        entities = member(read_json(path), "entities")
        if isinstance(entities, dict):
            for name, entity in entities.items():
                yield Place(path.name, path=f"/entities/{name}"), entity
        return
    try:
        yield from _lines(path)
    except (OSError, EOFError) as error:
        raise SourceUnreadable(
            f"{path.name} cannot be read: {error}.",
            "Download the file again from its source.",
            place=Place(path.name),
        ) from error


def _lines(path: Path) -> Iterator[tuple[Place, object]]:
    with closing(_open(path)) as file:
        for number, line in enumerate(iter(lambda: file.readline(_LINE), b""), start=1):
            text = line.strip().removesuffix(b",")
            if text not in {b"", b"[", b"]"}:
                yield Place(path.name, line=number), parse_json(path, text, number)


def _open(path: Path) -> IO[bytes] | gzip.GzipFile | bz2.BZ2File:
    if path.suffix == ".gz":
        return gzip.open(path)
    return bz2.open(path) if path.suffix == ".bz2" else path.open("rb")


READER = WikidataEntities()
