"""The area of a site's row: what its cells name, what the metadata cover, or the site's place.

A column such as `GeoCode`, `Region` or `Ward` names the area. A cell that names no place of the
graph leaves its row out: it is never a value of the site's place. Beside that, groups such as
`Germany`, `Bund` or `Families DE` compare the site's place with its nation.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from urbansdg.errors import Place, Problem
from urbansdg.loaders.gazetteer.graph_places import AreaKind
from urbansdg.loaders.gazetteer.reference_areas import ReferenceArea, ReferenceAreas
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import comparison_key
from urbansdg.loaders.parse.statistics.column_titles import column_title
from urbansdg.loaders.tables.country_names import alpha2_of, alpha3_of, whole_country

_PART, _LOCAL, _AREA, _REGION, _COUNTRY = 4, 3, 2, 1, 0
_CODES: Final = {"code", "codes", "id", "nuts", "iso", "geocode", "lau", "ref", "geo"}
_FILLING: Final = {
    "code",
    "codes",
    "id",
    "iso",
    "name",
    "names",
    "of",
    "the",
    "label",
    "residence",
    "official",
    "de",
    "der",
}
_RANKS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        (
            *("ward", "wards", "borough", "boroughs", "neighbourhood", "neighborhood", "quarter"),
            *("community area", "census tract", "city district", "city area", "zip", "postcode"),
            *("council district", "electoral ward", "parish", "suburb", "sub county", "subcounty"),
            *("stadtteil", "stadtbezirk", "ortsteil", "bezirk", "quartier", "arrondissement"),
            *(
                "barrio",
                "bairro",
                "comuna",
                "freguesia",
                "quartiere",
                "circoscrizione",
                "delegacion",
            ),
            *(
                "wijk",
                "buurt",
                "구",
                "동",
                "자치구",
                "행정동",
                "区",
                "街道",
                "الحي",
                "район города",
            ),
        ),
        _PART,
    ),
    **dict.fromkeys(
        (
            *("city", "cities", "town", "municipality", "municipalities", "local authority"),
            *("local authority district", "council", "commune", "ville", "ciudad", "cidade"),
            *("municipio", "stadt", "gemeinde", "comune", "gmina", "kommune", "city region"),
            *("community", "도시", "시", "市", "市区町村", "город", "муниципалитет", "المدينة"),
        ),
        _LOCAL,
    ),
    **dict.fromkeys(
        (
            *(
                "ref area",
                "reference area",
                "geo",
                "geocode",
                "geography",
                "geographic area",
                "area",
            ),
            *("geographical area", "geo area", "geographical coverage", "geographic coverage"),
            *(
                "place",
                "location",
                "locality",
                "territory",
                "spatial unit",
                "gebiet",
                "raumeinheit",
            ),
            *("ort", "zone geographique", "territoire", "lieu", "territorio", "lugar", "luogo"),
            *("district", "districts", "distrito", "county", "counties", "kreis", "landkreis"),
            *("kreise", "powiat", "okres", "council area", "health board", "nuts", "lau", "uf"),
            *("combined authority", "metro area", "metropolitan area", "zona", "comparison area"),
            *(
                "comparator",
                "comparators",
                "comparison",
                "benchmark",
                "vergleich",
                "vergleichsgebiet",
            ),
            *("지역", "장소", "地域", "场所", "地点", "район", "место", "المكان"),
        ),
        _AREA,
    ),
    **dict.fromkeys(
        (
            *("region", "regions", "state", "states", "province", "provinces", "bundesland"),
            *("bundeslander", "bundeslaender", "land", "lander", "laender", "canton", "kanton"),
            *("prefecture", "governorate", "emirate", "oblast", "voivodship", "voivodeship"),
            *("wojewodztwo", "kraj", "departement", "estado", "provincia", "regione", "regiao"),
            *("comunidad autonoma", "departamento", "federal state", "federal district", "시도"),
            *("都道府県", "省", "地区", "область", "регион", "субъект", "المنطقة", "المحافظة"),
        ),
        _REGION,
    ),
    **dict.fromkeys(
        (
            *("country", "countries", "nation", "nations", "pays", "pais", "staat", "paese"),
            *("constituent country", "국가", "国", "国家", "страна", "الدولة", "البلد"),
        ),
        _COUNTRY,
    ),
}
"""How specific the areas of a column are, by the comparison key of its title."""

_BY_ROLE: Final = {"district": _PART, "city": _LOCAL, "area": _AREA, "country": _COUNTRY}
"""The same for titles in other languages, by their roles in tables of statistics."""

_TOTALS: Final = {"t", "total", "all", "insgesamt", "gesamt", "ensemble", "allarea", "all areas"}
_URBANISATION: Final = {"urban", "rural", "u", "r", "urban areas", "rural areas", "landlich"}
_GENERIC: Final = {
    *("group", "groups", "gruppe", "gliederung", "category", "kategorie", "groupe", "grupo"),
    *("ebene", "level", "breakdown", "type", "disaggregation", "분류"),
}
"""Titles of columns whose cells can be anything, also the name of a comparator."""

_NATIONAL: Final = {"national", "nation", "bund", "nationwide", "national average", "bundesweit"}
_OF_PLACE: Final = re.compile(
    r"(?:the )?(?:city(?: and county)?|town|municipality|landeshauptstadt|stadt|ville|commune|"
    r"ciudad|municipio|cidade|comune)(?: (?:of|de|di|da|do|del))? ",
    re.IGNORECASE,
)
_OF_REGION: Final = re.compile(
    r"(?:the )?(?:state|province|land|estado|region|canton|republic|commonwealth)"
    r" (?:of|de|do|della)? ?",
    re.IGNORECASE,
)
_AROUND: Final = re.compile(
    r"\b(?:county|counties|metro|metropolitan|district|area|borough|ward|zone|precinct|greater|city"
    r"|municipality|neighbou?rhoods?|region|kreis|landkreis|stadtteile?|bezirk|metropole|agglom"
    r"\w*|zona|distrito|barrios?|comarca|conurbaci[oó]n|área|métropole|arrondissements?)\b|구|동|권",
    re.IGNORECASE,
)
"""Words of names of areas in and around a city."""

_SUFFIX: Final = re.compile(r"(.+?)[ (]+([A-Z]{2,3})\)?")
_LONGEST_NATION: Final = 60
_LONGEST: Final = 200
"""The longest name of an area, in characters: longer texts are explanations."""

AreaOutcome = ReferenceArea | Problem | None
"""An area, the problem of a row without a known one, or None if nothing is named."""


@dataclass(frozen=True, slots=True)
class AreaColumn:
    """A column that names areas: its position and title, and how specific its areas are."""

    at: int
    title: str
    rank: int
    codes: bool


def area_column(at: int, title: str) -> AreaColumn | None:
    """Return the column of areas with a title, or None if it names none.

    `Region of origin` or `Country of birth` describe people and not the area of a value.
    """
    key = comparison_key(title)
    bare = " ".join(word for word in key.split() if word not in _FILLING)
    named = column_title(title)
    rank = _RANKS.get(key, _RANKS.get(bare))
    if rank is None:
        rank = _BY_ROLE.get(named.role) if named else None
    if rank is None:
        return None
    return AreaColumn(at, title, rank, not _CODES.isdisjoint(key.split()))


@dataclass(slots=True)
class SiteAreas:
    """The areas of a site's values. `own` is the place that the site is about.

    `city` is the key of that place if it is a city, and `nation` the alpha-3 code of its country.
    """

    areas: ReferenceAreas
    own: ReferenceArea
    city: str | None = field(init=False)
    nation: str = field(init=False)

    def __post_init__(self) -> None:
        """Find the nation of the site's place."""
        known = self.areas.cities.by_key.get(self.own.key)
        self.city = self.own.key if self.own.kind is AreaKind.CITY else None
        self.nation = known.country if known else ""
        code = self.own.key.partition(".")[2]
        if self.own.kind is AreaKind.COUNTRY:
            self.nation = code
        elif self.own.kind is AreaKind.REGION:
            self.nation = alpha3_of(code.partition("-")[0]) or ""

    def of_cells(self, cells: Sequence[tuple[AreaColumn, str]], place: Place) -> AreaOutcome:
        """Return the area that the cells of area columns name, None if they name none.

        Of several names the most specific counts; a code counts where there is no name, or the name
        is not known.
        """
        named = [
            (column, text)
            for column, text in cells
            if text and comparison_key(text) not in _TOTALS | _URBANISATION
        ]
        if not named:
            return None
        # The last of the most specific columns; a name before a code.
        ordered = sorted(named, key=lambda cell: (not cell[0].codes, cell[0].rank, cell[0].at))
        column, text = ordered[-1]
        outcome = self._find(column, _cell(column, text, place))
        codes = (cell for cell in reversed(ordered[:-1]) if cell[0].codes)
        for column, text in codes if isinstance(outcome, Problem) else ():
            by_code = self._find(column, _cell(column, text, place))
            if isinstance(by_code, ReferenceArea):
                return by_code
        return outcome

    def _find(self, column: AreaColumn, cell: Cell) -> ReferenceArea | Problem:
        if column.rank == _PART and self.city is not None:
            if self.names_own(cell.text):
                return self.own
            return self.areas.area_of_city(cell, self.city)
        if self.names_own(cell.text):
            return self.own
        return self.areas.find(
            cell, city=self.city, within=self._within(column), expects_city=column.rank == _LOCAL
        )

    def _within(self, column: AreaColumn) -> str | None:
        """Return the nation of an area, as far as the column cannot name other countries."""
        return self.nation or None if column.rank in {_REGION, _LOCAL} else None

    def is_urbanisation(self, text: str) -> bool:
        """Return whether a cell of an area column is a degree of urbanisation and no place."""
        return comparison_key(text) in _URBANISATION

    def names_own(self, text: str) -> bool:
        """Return whether a text names the site's place: `Los Angeles`, `City of Los Angeles`."""
        known = self.areas.cities.by_key.get(self.city or "")
        if known is None:
            return False
        bare = _OF_PLACE.sub("", text, count=1)
        return bool({comparison_key(text), comparison_key(bare)} & known.names)

    def of_group(self, title: str, text: str, column: Iterable[str]) -> tuple[AreaOutcome, str]:
        """Return the nation if a group names it, and what is left of the group's name.

        `column` are the other cells of its column: `Families DE` is about the nation if there is
        another `Families` too, such as `Families SH`.
        """
        if not self.nation:
            return None, text
        generic = comparison_key(title) in _GENERIC
        if self._names_nation(text) or (generic and comparison_key(text) in _NATIONAL):
            return self._nation(), ""
        match = _SUFFIX.fullmatch(text)
        if match and generic and match[2] in self._codes():
            stem = match[1].strip()
            if any(
                (other := _SUFFIX.fullmatch(cell))
                and other[1].strip() == stem
                and other[2] != match[2]
                for cell in column
            ):
                return self._nation(), stem
        return None, text

    def _names_nation(self, text: str) -> bool:
        """Return whether a text is the name of the nation, in any language, and no code."""
        fits = len("USA") < len(text) <= _LONGEST_NATION and not any(map(str.isdigit, text))
        return fits and whole_country(text) == self.nation

    def _codes(self) -> set[str]:
        """Return the codes of the nation in ISO 3166-1."""
        return {self.nation, alpha2_of(self.nation)} - {""}

    def _nation(self) -> ReferenceArea | Problem:
        return self.areas.find(Cell(self.nation, Place()))

    def of_coverage(self, text: str, place: Place) -> AreaOutcome:
        """Return the area that the metadata of an indicator cover, None if they do not say.

        A name that is no city, region or country is an area of the site's city if it says what it
        is: its county, its metropolitan area, a district of police or of schools. Another name
        leaves the values out.
        """
        if not text or self.names_own(text):
            return None
        cell = Cell(text, place)
        outcome = self._known_place(cell)
        if isinstance(outcome, ReferenceArea):
            return outcome
        is_around = _AROUND.search(text) and not _OF_REGION.match(text)
        if self.city is None or len(text) > _LONGEST or not is_around:
            return outcome
        return self.areas.area_of_city(cell, self.city)

    def _known_place(self, cell: Cell) -> ReferenceArea | Problem:
        outcome = self.areas.find(cell, city=self.city)
        bare = _OF_REGION.sub("", cell.text, count=1)
        if isinstance(outcome, Problem) and bare != cell.text:
            wider = self.areas.find(Cell(bare, cell.place), within=self.nation or None)
            if isinstance(wider, ReferenceArea) and wider.kind is not AreaKind.CITY:
                return wider
        return outcome


def _cell(column: AreaColumn, text: str, place: Place) -> Cell:
    return Cell(text, replace(place, column=column.title))


def site_place(
    areas: ReferenceAreas, city: str | None, country: str, coverages: Iterable[str]
) -> ReferenceArea | None:
    """Return the place that a site is about: the city given, its country, or all that it covers.

    `coverages` are the areas that the metadata name: where all name one place of the graph, the
    site is about that place.
    """
    if city is not None:
        return areas.of_city(city)
    named = [country] if country else sorted({text for text in coverages if text})
    if len(named) != 1:
        return None
    outcome = areas.find(Cell(named[0], Place()))
    return outcome if isinstance(outcome, ReferenceArea) else None
