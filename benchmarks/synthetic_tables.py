"""Invented cities and policies of any size, the same for each run, as tables and as N-Quads.

    python -m benchmarks.synthetic_tables FOLDER --policies 1000

writes `FOLDER/tables/*.csv` in the columns of data/README.md, and the same data as
`FOLDER/policies.nq`. A few cities have most of the policies, titles are in the language of the
country, a tenth of the policies is adapted from an earlier one: about 35 triples per policy.
"""

import argparse
import csv
import random
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.drafts.table_drafts import CITYS_OWN, read_tables
from urbansdg.ontology.iris import Iris

GRAPH: Final = "invented"
_SEED: Final = 20_261_124
_PER_CITY: Final = 10
_TODAY: Final = 2026
_WITH_OBSTACLE, _WITH_PLAN, _ENDED, _ADAPTED = 0.4, 0.5, 0.6, 0.1
COUNTRIES: Final = {  # each with a box inside the country: south, west, north, east, in degrees
    "KOR": (35, 127, 37, 129),
    "FRA": (44, 0, 48, 5),
    "ESP": (38, -5, 42, -1),
    "BRA": (-20, -55, -5, -42),
    "KEN": (-2, 36, 3, 40),
    "USA": (33, -115, 45, -80),
    "IND": (15, 75, 25, 80),
    "DEU": (48, 8, 53, 13),
}
_LANGUAGES: Final = {"KOR": "ko", "FRA": "fr", "ESP": "es"}
_WORDS: Final = {
    "en": "city residents transit housing water energy budget parks flood cycling schools data",
    "ko": "도시 주민 교통 주택 수도 에너지 예산 공원 홍수 자전거 학교 자료",
    "fr": "ville habitants métro logement eau énergie budget parcs crue vélo écoles données",
    "es": "ciudad vecinos tránsito vivienda agua energía parques río niñez escuelas datos años",
}
_THEMES: Final = [
    "transport",
    "water",
    "waste",
    "energy",
    "housing",
    "health",
    "governance",
    "safety",
]
_TARGETS: Final = ("11.2", "11.1", "11.6", "13.1", "6.4", "7.2", "12.5", "3.6", "1.4", "16.7")
_CURRENCIES: Final = ("EUR", "KRW", "USD")

Row = dict[str, str]


def write_tables(folder: Path, policies: int) -> None:
    """Write the tables of the policies, and of a tenth as many cities, into a new folder."""
    folder.mkdir(parents=True)
    cities = max(1, policies // _PER_CITY)
    _write(folder / "cities.csv", (_city(number) for number in range(cities)))
    _write(folder / "organisations.csv", (_organisation(number) for number in range(cities)))
    for name, rows in _OF_POLICIES.items():
        of_each = (rows(number, _chance(name, number), policies) for number in range(policies))
        _write(folder / f"{name}.csv", (row for rows in of_each for row in rows))


def write_nquads(tables: Path, file: Path, iris: Iris) -> int:
    """Write the data of the tables as N-Quads of the graph `invented`; return their number."""
    graph = f" <{iris.graph(GRAPH)}> .\n"
    lines = count()
    with tempfile.TemporaryDirectory() as name, file.open("w", encoding="utf-8") as out:
        draft = read_tables(tables, CITYS_OWN, GRAPH, ReadContext(Path(name), iris))
        for file_of_draft in draft.files:
            with file_of_draft.open(encoding="utf-8") as triples:
                for line in triples:
                    out.write(line.removesuffix(" .\n") + graph)
                    next(lines)
    return next(lines)


def policy_key(number: int, policies: int) -> str:
    """Return the key of a policy, which begins with the key of its city."""
    return f"{_city_key(_city_of(number, policies))}-{number}"


def _city_of(number: int, policies: int) -> int:
    """Return the city of a policy; squaring an even distribution makes it skewed."""
    spread = _chance("city", number).random()
    return int(spread * spread * max(1, policies // _PER_CITY))


def _city_key(number: int) -> str:
    return f"invented-{number}"


def _country(city: int) -> str:
    return list(COUNTRIES)[city % len(COUNTRIES)]


def _chance(table: str, number: int) -> random.Random:
    return random.Random(f"{_SEED} {table} {number}")  # noqa: S311  # invented data, no secret


def _words(chance: random.Random, count: int, language: str = "en") -> str:
    return " ".join(chance.choices(_WORDS[language].split(), k=count)).capitalize()


def _city(number: int) -> Row:
    chance = _chance("cities", number)
    south, west, north, east = COUNTRIES[_country(number)]
    return {
        "key": _city_key(number),
        "country": _country(number),
        "latitude": f"{chance.uniform(south, north):.4f}",
        "longitude": f"{chance.uniform(west, east):.4f}",
        "en": f"Invented city {number}",
        "homepage": f"https://city-{number}.example/",
    }


def _organisation(number: int) -> Row:
    return {"key": _city_key(number), "name": f"City of Invented {number}", "language": "en"}


def _policies(number: int, chance: random.Random, policies: int) -> Iterator[Row]:
    city = _city_of(number, policies)
    language = _LANGUAGES.get(_country(city), "en")
    yield {
        "key": policy_key(number, policies),
        "city": _city_key(city),
        "slug": str(number),
        "title": f"{_words(chance, 4, language)} {number}",
        "title_language": language,
        "summary": f"{_words(chance, 25)}.",
        "objective": f"{_words(chance, 10)}.",
        "theme": chance.choices(_THEMES, range(len(_THEMES), 0, -1))[0],
        "type": "programme",
        "status": _status(number),
        "source": f"https://city-{city}.example/policies/{number}",
    }


def _years(number: int) -> tuple[int, int | None]:
    """Return the first and the last year of a policy; None if it continues."""
    chance = _chance("years", number)
    start = chance.randrange(1990, 2024)
    return start, start + 5 if chance.random() < _ENDED else None


def _status(number: int) -> str:
    """Return a status that agrees with the years, so that no rule reports the policy."""
    _, end = _years(number)
    if end is None:
        return "in-progress" if number % 2 else "adopted"
    return "completed" if end < _TODAY else "in-progress"


def _budgets(number: int, chance: random.Random, policies: int) -> Iterator[Row]:
    amount = int(10 ** chance.uniform(4, 9))
    currency = chance.choice(_CURRENCIES)
    yield {
        "policy": policy_key(number, policies),
        "key": "total",
        "stage": "planned",
        "coverage": "whole-policy",
        "cost_type": "all-costs",
        "amount": str(amount),
        "currency": currency,
        "as_stated": f"{currency} {amount:,}",
        "year": str(chance.randrange(1999, 2026)),  # the euro is in use since 1999
    }


def _periods(number: int, chance: random.Random, policies: int) -> Iterator[Row]:
    start, end = _years(number)
    yield {
        "policy": policy_key(number, policies),
        "kind": "planned" if _status(number) == "adopted" else "actual",
        "start": f"{start}-{chance.randrange(1, 13):02}",
        "end": "" if end is None else str(end),
    }


def _stakeholders(number: int, _: random.Random, policies: int) -> Iterator[Row]:
    city = _city_key(_city_of(number, policies))
    yield {"policy": policy_key(number, policies), "organisation": city, "role": "lead"}


def _obstacles(number: int, chance: random.Random, policies: int) -> Iterator[Row]:
    if chance.random() < _WITH_OBSTACLE:
        planned = chance.random() < _WITH_PLAN
        yield {
            "policy": policy_key(number, policies),
            "key": "first",
            "kind": chance.choice(("political", "legal", "technical")),
            "description": f"{_words(chance, 15)}.",
            "plan": "first" if planned else "",
            "plan_description": f"{_words(chance, 12)}." if planned else "",
        }


def _claims(number: int, chance: random.Random, policies: int) -> Iterator[Row]:
    city = _city_key(_city_of(number, policies))
    yield {
        "policy": policy_key(number, policies),
        "target": chance.choices(_TARGETS, range(len(_TARGETS), 0, -1))[0],
        "kind": "direct",
        "claimant": city,
        "evidence": f"{_words(chance, 12)}.",
        "date": f"{chance.randrange(2015, _TODAY + 1)}",
    }


def _transfers(number: int, chance: random.Random, policies: int) -> Iterator[Row]:
    if number and chance.random() < _ADAPTED:
        origin = chance.randrange(number)
        yield {
            "policy": policy_key(number, policies),
            "key": "first",
            "origin": policy_key(origin, policies),
            "city": _city_key(_city_of(origin, policies)),
            "changed": f"{_words(chance, 8)}.",
        }


_OF_POLICIES: Final[dict[str, Callable[[int, random.Random, int], Iterator[Row]]]] = {
    "policies": _policies,
    "budgets": _budgets,
    "periods": _periods,
    "stakeholders": _stakeholders,
    "obstacles": _obstacles,
    "claims": _claims,
    "transfers": _transfers,
}


def _write(file: Path, rows: Iterator[Row]) -> None:
    columns = next(table.header.columns for table in CITYS_OWN if table.name == file.name)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--policies", type=int, default=1_000)
    options.add_argument("--base", default="http://localhost:8000")
    arguments = options.parse_args()
    write_tables(arguments.folder / "tables", arguments.policies)
    quads = write_nquads(
        arguments.folder / "tables", arguments.folder / "policies.nq", Iris(arguments.base)
    )
    print(f"{arguments.policies} policies, {quads} quads in {arguments.folder}")


if __name__ == "__main__":
    _main()
