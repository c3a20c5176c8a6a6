"""The names, units and sources that a site's metadata give an indicator.

A key of a remote package has no text in the site; the UN's name of the indicator stands for it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from urbansdg.loaders.parse.cell_values import is_web_address
from urbansdg.loaders.sdg_sites.indicator_numbers import official_name
from urbansdg.loaders.sdg_sites.site_documents import listed, plain_text
from urbansdg.loaders.sdg_sites.site_metadata import IndicatorMetadata, words
from urbansdg.loaders.sdg_sites.site_translations import SiteTranslations, is_key

_NATIONAL: Final = (
    *("indicator_name_national", "national_indicator_available", "indicator_available"),
    "actual_indicator_available",
)
_NAMES: Final = (*_NATIONAL, "indicator_name", "graph_title", "SDG_INDICATOR", "title")
"""The fields with names of an indicator: first those of what the site itself measures."""

_UNITS: Final = ("computation_units", "UNIT_MEASURE", "unit_measure", "unit_of_measure", "units")
_LONGEST: Final = 500
_LINK: Final = re.compile(r"https?://[^\s<>\"{}|\\^`\[\]]+")
_BARE_LINK: Final = re.compile(
    r"www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s<>\"{}|\\^`]*)?", re.IGNORECASE
)
_MISSING: Final = re.compile(
    r"(-?\d+)\s*(?:=|:|means|is)\s*(?:not available|no data|missing|n/?a|unknown)", re.IGNORECASE
)
_LONG_NAME: Final = 250
_SENTENCE: Final = re.compile(r"[a-z)]{3,}\. [A-Z]")
_COUNTED: Final = re.compile(
    r"(?:the |average |total |annual |mean )*"
    r"(percent|percentage|per cent|proportion|share|number|ratio|index|prozent|anteil|anzahl"
    r"|pourcentage|proportion|nombre|taux|porcentaje|proporción|número|tasa|percentuale)\b",
    re.IGNORECASE,
)
_PER: Final = re.compile(r"\bper [1-9][\d,. ]*\d (?:live births|[^\W\d]+)", re.IGNORECASE)
_NUMBERED: Final = range(1, 13)


@dataclass(frozen=True, slots=True)
class IndicatorTexts:
    """The texts of one indicator of a site.

    `name` is that in the language of the site, `translated` has the others by language, and
    `others` are further names in the language of the site. `unit` is "" if the metadata name none.
    `missing` are the values that stand for a missing one, by the text of the unit.
    """

    name: str
    translated: Mapping[str, str]
    others: tuple[str, ...]
    unit: str
    coverage: str
    links: tuple[str, ...]
    publishers: tuple[str, ...]
    missing: frozenset[str]


def indicator_texts(
    meta: IndicatorMetadata, translations: SiteTranslations, number: str, code: str | None
) -> IndicatorTexts:
    """Return the texts of an indicator; `code` is that of the UN's measure that it refines."""
    names = sorted(dict.fromkeys(_names(meta, translations)), key=_is_prose)
    official = official_name(code or "")
    name = next(iter(names), official or f"Indicator {number}")
    stated = (_own_text(meta, field, translations) for field in _UNITS)
    unit = next(filter(None, (*stated, *map(_unit_in_name, names))), "")
    return IndicatorTexts(
        name[:_LONGEST],
        dict(_translated(meta, translations, name)),
        tuple(other[:_LONGEST] for other in names[1:]),
        unit[:_LONGEST],
        translations.text(meta.coverage),
        tuple(dict.fromkeys(_links(meta))),
        tuple(dict.fromkeys(_publishers(meta, translations))),
        frozenset(_MISSING.findall(unit)),
    )


def graph_title(meta: IndicatorMetadata, translations: SiteTranslations, *named: str) -> str:
    """Return the title of the chart for a unit or series, or "" if the site has none."""
    for entry in listed(meta.fields.get("graph_titles")):
        about = {plain_text(entry.get("unit")), plain_text(entry.get("series"))} - {""}
        if about and about <= set(named):
            return translations.text(words(entry.get("title")))
    return ""


def _own_text(
    meta: IndicatorMetadata, field: str, translations: SiteTranslations, language: str = ""
) -> str:
    """Return the text of a field, with its translation key resolved; "" for an unknown key."""
    translated = meta.text(field, language=language) if language else ""
    text = translated or meta.text(field)
    groups = (field, "units", "data") if field in _UNITS else ()
    resolved = translations.text(text, language, groups)
    return "" if language and resolved == text and not translated else words(resolved)


def _is_prose(name: str) -> bool:
    """Return whether a name is a description: sites write some into the fields of names."""
    return len(name) > _LONG_NAME or _SENTENCE.search(name) is not None


def _unit_in_name(name: str) -> str:
    """Return the unit that a name states: `Percentage of ...`, `... per 1,000 women`."""
    if match := _COUNTED.match(name):
        return match[1].capitalize()
    rate = _PER.search(name)
    return rate[0] if rate else ""


def _names(meta: IndicatorMetadata, translations: SiteTranslations) -> Iterator[str]:
    for field in _NAMES:
        if text := _own_text(meta, field, translations):
            yield text


def _translated(
    meta: IndicatorMetadata, translations: SiteTranslations, name: str
) -> Iterator[tuple[str, str]]:
    """Yield the name in each other language in which the site has it."""
    languages = dict.fromkeys((*translations.texts, *meta.translated))
    for language in languages:
        if language in {translations.language, "untranslated"}:
            continue
        texts = (_own_text(meta, field, translations, language) for field in _NAMES)
        text = next(filter(None, texts), "")
        if text and text != name and not is_key(text):
            yield language, text[:_LONGEST]


def _sources(meta: IndicatorMetadata) -> Iterator[tuple[str, str]]:
    """Yield organisation and address of each source that is in use."""
    for number in _NUMBERED:
        active = plain_text(meta.fields.get(f"source_active_{number}")).lower()
        if active != "false":
            address = plain_text(meta.fields.get(f"source_url_{number}"))
            yield meta.text(f"source_organisation_{number}"), address
    for entry in listed(meta.fields.get("sources")):
        named = {key: words(value) for key, value in entry.items()}
        organisation = next((text for key, text in named.items() if "organi" in key), "")
        address = next(
            (plain_text(value) for key, value in entry.items() if key.rstrip("_1") == "source_url"),
            plain_text(entry.get("url")),
        )
        yield organisation, address
    for field in ("DATA_SOURCE", "data_source"):
        yield "", plain_text(meta.fields.get(field))


def _links(meta: IndicatorMetadata) -> Iterator[str]:
    """Yield the web addresses of the sources; an address without its scheme gets `https`."""
    for _, text in _sources(meta):
        for word in (word.strip(".,;()'\"") for word in text.split()):
            match = _LINK.search(word)
            bare = f"https://{word}" if _BARE_LINK.fullmatch(word) else ""
            address = match[0] if match else bare
            if is_web_address(address):
                yield address


def _publishers(meta: IndicatorMetadata, translations: SiteTranslations) -> Iterator[str]:
    """Yield the organisations that the values come from."""
    for organisation, _ in _sources(meta):
        if text := words(translations.text(organisation)):
            yield text[:_LONGEST]
