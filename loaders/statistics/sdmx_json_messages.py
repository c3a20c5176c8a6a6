"""SDMX-JSON data messages 1.0 and 2.0 as value tables.

Formats: SDMX-JSON Data Message Format 1.0 and 2.0 (SDMX technical working group). A message lists
the values of each dimension and attribute once, and refers to them by position: in the key of a
series or an observation (`0:3:1`) and in the lists of attributes. Attributes of the data set, of
groups of dimensions and of series hold for all of their observations. In 2.0 a value that is not
from a list of codes stands where its position would.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from urbansdg.errors import Place, SourceUnreadable
from urbansdg.loaders.drafts.draft import ReadContext
from urbansdg.loaders.parse.json_documents import member, members
from urbansdg.loaders.parse.quantities import plain_number
from urbansdg.loaders.statistics.value_table import TableForm, ValueRow, ValueTable

_VALUE: Final = "OBS_VALUE"
_ACTION: Final = "ACTION"
_LEVELS: Final = ("dataSet", "dimensionGroup", "series", "observation")
Named = Mapping[str, object]


def sdmx_json_tables(
    key: str, file: str, document: object, context: ReadContext
) -> Iterator[ValueTable]:
    """Yield a table for each data set of a message; raises `SourceUnreadable`."""
    body = document if member(document, "dataSets") is not None else member(document, "data")
    structures = [*members(body, "structures"), *members(document, "structures")]
    single = member(body, "structure") or member(document, "structure")
    if isinstance(single, Mapping):
        structures = [single]
    for data in members(body, "dataSets"):
        at = member(data, "structure")
        number = at if isinstance(at, int) and len(structures) > 1 else 0
        if not 0 <= number < len(structures):
            raise _invalid(file, "it does not describe its dimensions")
        try:
            message = _Message(file, structures[number], data)
            yield message.table(key, context)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise _invalid(file, "a position in it has no value in the structure") from error


@dataclass
class _Component:
    """A dimension, an attribute or a measure, with its values in the order of their positions."""

    about: Named
    name: str = field(init=False)
    values: list[Named] = field(init=False)

    def __post_init__(self) -> None:
        """Take the identifier and the values."""
        self.name = str(self.about["id"])
        self.values = members(self.about, "values")

    def text(self, stated: object) -> str:
        """Return the text of a value by its position, or of the value itself (2.0)."""
        if stated is None:
            stated = self.about.get("default")
            return stated if isinstance(stated, str) else ""
        if isinstance(stated, list):
            return "; ".join(filter(None, map(self.text, stated)))
        if isinstance(stated, int) and not isinstance(stated, bool) and self.values:
            if stated < 0:
                raise IndexError(stated)
            value = self.values[stated]
            return _plain(value.get("id", value.get("value", value.get("name"))))
        return _plain(stated)

    def labels(self) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield the names of the values by identifier and code."""
        for value in self.values:
            code, name = value.get("id"), value.get("name")
            if isinstance(code, str) and isinstance(name, str):
                yield (self.name, code), name


@dataclass
class _Message:
    """A data set with its structure."""

    file: str
    structure: Named
    data: Named

    def __post_init__(self) -> None:
        """Read the components of the structure."""
        self.dimensions = self._components("dimensions")
        self.attributes = self._components("attributes")
        names = [one.name for listed in self.dimensions.values() for one in listed]
        if len(set(names)) < len(names):
            raise ValueError("two dimensions have one identifier")
        measures = members(self.structure, "measures", "observation")
        self.measures = [_Component(one) for one in measures] or [_Component({"id": _VALUE})]

    def _components(self, kind: str) -> dict[str, list[_Component]]:
        return {
            level: [_Component(one) for one in members(self.structure, kind, level)]
            for level in _LEVELS
        }

    def table(self, key: str, context: ReadContext) -> ValueTable:
        """Return the observations as rows with a column for each component."""
        dimensions = [one for level in _LEVELS for one in self.dimensions[level]]
        attributes = [one for level in _LEVELS for one in self.attributes[level]]
        names = [*(one.name for one in (*dimensions, *attributes)), _ACTION]
        titles = [*dict.fromkeys(name for name in names if name != _VALUE), _VALUE]
        rows = [
            ValueRow(Place(self.file, row=number), [cells.get(name, "") for name in titles])
            for number, cells in enumerate(self._observations(), start=1)
        ]
        labels = dict(label for one in (*dimensions, *attributes) for label in one.labels())
        broken_down = frozenset(one.name for one in dimensions) - {"TIME_PERIOD"}
        form = TableForm(sdmx=True, dimensions=broken_down, labels=labels)
        return ValueTable(key, self.file, titles, rows, context, form)

    def _observations(self) -> Iterator[dict[str, str]]:
        fixed = {
            one.name: one.text(0) for one in self.dimensions["dataSet"] if one.values
        } | _stated(self.attributes["dataSet"], self.data.get("attributes"))
        fixed[_ACTION] = _plain(self.data.get("action"))  # `Delete` lists values that are withdrawn
        groups = list(self._groups())
        series = self.data.get("series")
        for position, one in series.items() if isinstance(series, Mapping) else ():
            if not isinstance(one, Mapping):
                raise TypeError("a series is no object")
            cells = fixed | _placed(self.dimensions["series"], position)
            cells |= _stated(self.attributes["series"], one.get("attributes"))
            yield from self._of(one.get("observations"), cells, groups)
        yield from self._of(self.data.get("observations"), fixed, groups)

    def _of(
        self, observations: object, shared: dict[str, str], groups: list[tuple[Named, Named]]
    ) -> Iterator[dict[str, str]]:
        for position, stated in observations.items() if isinstance(observations, Mapping) else ():
            if not isinstance(stated, list):
                raise TypeError("an observation is no list")
            cells = shared | _placed(self.dimensions["observation"], position)
            for group, attributes in groups:
                if all(cells.get(name) == text for name, text in group.items()):
                    cells |= {name: str(text) for name, text in attributes.items()}
            size = len(self.measures)
            measures = dict(zip((one.name for one in self.measures), stated, strict=False))
            cells[_VALUE] = _plain(measures.get(_VALUE, stated[0] if stated else None))
            yield cells | _stated(self.attributes["observation"], stated[size:], cells)

    def _groups(self) -> Iterator[tuple[Named, Named]]:
        """Yield the dimensions and the attributes of each group of dimensions (2.0)."""
        groups = self.data.get("dimensionGroupAttributes")
        ordered = [*self.dimensions["series"], *self.dimensions["observation"]]
        for position, stated in groups.items() if isinstance(groups, Mapping) else ():
            yield _placed(ordered, position), _stated(self.attributes["dimensionGroup"], stated)


def _placed(components: list[_Component], position: str) -> dict[str, str]:
    """Return the values of dimensions by a key such as `0:3:1`; an empty part is any value.

    Raises `IndexError` if the key does not have a part for each dimension.
    """
    parts = position.split(":")
    if len(parts) != len(components):
        raise IndexError(position)
    return {
        one.name: one.text(int(part))
        for one, part in zip(components, parts, strict=False)
        if part not in {"", "~"}
    }


def _stated(
    components: list[_Component], stated: object, before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the attributes in a list of positions; those without a value are left out."""
    listed = stated if isinstance(stated, list) else []
    padded = [*listed, *[None] * (len(components) - len(listed))]
    known = before or {}
    texts = ((one.name, one.text(value)) for one, value in zip(components, padded, strict=False))
    return {name: text for name, text in texts if text or name not in known}


def _plain(value: object) -> str:
    """Return a JSON value as the text of a cell: a number without an exponent."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return plain_number(Decimal(str(value)))
    if isinstance(value, Mapping):  # a text in several languages
        return _plain(value.get("en", next(iter(value.values()), None)))
    return str(value).strip()


def _invalid(file: str, why: str) -> SourceUnreadable:
    return SourceUnreadable(
        f"{file} is not a valid SDMX-JSON data message: {why}.",
        "Download the data again as SDMX-JSON 1.0 or 2.0.",
        place=Place(file),
    )
