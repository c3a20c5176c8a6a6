"""Entities in the JSON of Wikidata, as the Wikibase JSON data model describes them.

There is no sample of Wikidata among the data of the project: those of tests follow its data model.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


def item_value(item: str) -> Json:
    """Return the value of a statement that names an item."""
    return {"entity-type": "item", "numeric-id": int(item[1:]), "id": item}


def position_value(latitude: float, longitude: float, globe: str = "Q2") -> Json:
    """Return the value of a statement that is a position."""
    return {
        "latitude": latitude,
        "longitude": longitude,
        "altitude": None,
        "precision": 0.0001,
        "globe": f"http://www.wikidata.org/entity/{globe}",
    }


def quantity_value(amount: str, unit: str = "1") -> Json:
    """Return the value of a statement that is a quantity."""
    return {"amount": amount, "unit": unit}


def time_value(time: str, precision: int = 9) -> Json:
    """Return the value of a snak that is a time; precision 9 is a year, 11 a day."""
    return {
        "time": time,
        "timezone": 0,
        "before": 0,
        "after": 0,
        "precision": precision,
        "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
    }


def snak(property_id: str, value: object) -> Json:
    """Return a snak; without a value it says that the value is unknown."""
    if value is None:
        return {"snaktype": "somevalue", "property": property_id}
    return {
        "snaktype": "value",
        "property": property_id,
        "datavalue": {"value": value, "type": "string"},
    }


def statement(
    property_id: str,
    value: object,
    rank: str = "normal",
    source: str = "",
    qualifiers: Mapping[str, object] | None = None,
) -> Json:
    """Return a statement; `qualifiers` are by property, `source` is the address of a reference."""
    claim: Json = {
        "mainsnak": snak(property_id, value),
        "type": "statement",
        "rank": rank,
        "id": "Q0$0",
    }
    if qualifiers:
        claim["qualifiers"] = {name: [snak(name, one)] for name, one in qualifiers.items()}
    if source:
        claim["references"] = [{"snaks": {"P854": [snak("P854", source)]}}]
    return claim


def entity(
    item: str,
    labels: Mapping[str, str],
    statements: Sequence[Json],
    aliases: Mapping[str, Sequence[str]] | None = None,
) -> Json:
    """Return an item with its labels, aliases and statements."""
    claims: dict[str, list[Json]] = {}
    for one in statements:
        claims.setdefault(one["mainsnak"]["property"], []).append(one)
    return {
        "type": "item",
        "id": item,
        "labels": {code: {"language": code, "value": text} for code, text in labels.items()},
        "descriptions": {},
        "aliases": {
            code: [{"language": code, "value": text} for text in texts]
            for code, texts in (aliases or {}).items()
        },
        "claims": claims,
        "sitelinks": {},
        "lastrevid": 1,
    }


def city_entity(item: str = "Q1085", *more: Json, **labels: str) -> Json:
    """Return Prague, or another city of Czechia, with more statements."""
    named = labels or {"en": "Prague", "cs": "Praha", "ko": "프라하"}
    whole = [
        statement("P31", item_value("Q515")),
        statement("P17", item_value("Q213")),
        statement("P625", position_value(50.0875, 14.421389)),
        *more,
    ]
    return entity(item, named, whole, {"en": ["City of Prague"], "de": ["Prag"]})
