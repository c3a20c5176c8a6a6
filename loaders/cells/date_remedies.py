"""What to write in place of a text that is not a date: a quarter, a period, a fiscal year ...

The words of the six languages that officers mostly write (en, ko, fr, es, de, pt) are below.
"""

import calendar
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from urbansdg.loaders.cells.missing_values import is_missing
from urbansdg.loaders.parse.calendar_dates import BUDDHIST, YEAR, existing, readings
from urbansdg.loaders.parse.quantities import ascii_digits


@dataclass(frozen=True, slots=True)
class Edge:
    """The column of a date: the start or the end of a period, or neither.

    `other` is the title of the column with the other end, or "".
    """

    name: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Remedy:
    """The keys of a message and of a remedy in `problem_texts.csv`, and the values of both.

    `options` are the dates to choose from, which a phrase of the language joins.
    """

    message: str
    remedy: str
    values: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


def date_remedy(text: str, edge: Edge, language: str = "en") -> Remedy:
    """Return the remedy for a text that has not exactly one reading as a date."""
    plain = re.sub(r"\s+", " ", ascii_digits(text)).strip()
    for way in _WAYS:
        remedy = way(plain, edge, language)
        if remedy is not None:
            return remedy
    return Remedy("date.unknown", "date.write")


Way = Callable[[str, Edge, str], Remedy | None]

_ONGOING: Final = re.compile(
    r"(is |still )?(ongoing|on-going|on going|continuous|continuing|continual|permanent"
    r"|indefinite(ly)?|open[- ]?ended|current(ly)?|present|to date|now|always|in progress|running"
    r"|recurring|annual(ly)?|yearly|every year|en cours|continue?|permanente?|en continu|toujours"
    r"|actuel(lement)?|sans fin|en curso|en marcha|continuo|continua|indefinido|actualidad"
    r"|actual(mente)?|vigente|anual|진행 ?중|계속|상시|지속|현재|매년|연중|laufend|fortlaufend"
    r"|dauerhaft|unbefristet|heute|aktuell"
    r"|em andamento|em curso|contínuo|continuo|permanente|atual(mente)?|vigente)",
    re.IGNORECASE,
)
_SERIALS: Final = range(20_000, 80_000)  # 1954 to 2119; other numbers are not likely dates
_DAY_0: Final = date(1899, 12, 30)
"""Day 0 of spreadsheets (the 1900 date system, valid from 1 March 1900)."""


def _missing(text: str, _edge: Edge, _language: str) -> Remedy | None:
    return Remedy("missing.message", "missing") if is_missing(text) else None


def _ambiguous(text: str, _edge: Edge, language: str) -> Remedy | None:
    dates = readings(text, language)
    if dates and is_two_years(text):
        dates = [*dates, text[:4]]  # `2011/12` is December, or a year that starts in 2011
    return Remedy("ambiguous.message", "ambiguous", options=tuple(dates)) if dates else None


def is_two_years(text: str) -> bool:
    """Return whether a text such as `2011/12` can be a month, and the year from 2011 to 2012."""
    match = re.fullmatch(r"(20\d\d)/(\d\d)", ascii_digits(text))
    return match is not None and _follows(match[1], match[2])


def _follows(year: str, short: str) -> bool:
    return (int(year) + 1) % 100 == int(short)


def _ongoing(text: str, edge: Edge, _language: str) -> Remedy | None:
    if _ONGOING.fullmatch(text.strip(" .()")) is None:
        return None
    return Remedy("date.ongoing", f"date.ongoing.{'start' if edge.name == 'start' else 'end'}")


def _serial(text: str, _edge: Edge, _language: str) -> Remedy | None:
    whole = re.fullmatch(r"(\d{5})(?:\.\d+)?", text)
    if whole is None or int(whole[1]) not in _SERIALS:
        return None
    day = (_DAY_0 + timedelta(int(whole[1]))).isoformat()
    return Remedy("date.serial", "date.serial.write", {"date": day}, (day,))


_PARTS: Final[dict[str, tuple[int, int]]] = {
    r"(q ?1|1 ?q|t ?1|1 ?t|(1\w{0,3}|first|premier|primer|primeiro|erstes?)\.? "
    r"?(quarter|quartal|trimestre)|(trimestre|quarter|quartal) ?1|1 ?분기)": (1, 3),
    r"(q ?2|2 ?q|t ?2|2 ?t|(2\w{0,3}|second|deuxi[eè]me|segundo|zweites?)\.? "
    r"?(quarter|quartal|trimestre)|(trimestre|quarter|quartal) ?2|2 ?분기)": (4, 6),
    r"(q ?3|3 ?q|t ?3|3 ?t|(3\w{0,3}|third|troisi[eè]me|tercer|terceiro|drittes?)\.? "
    r"?(quarter|quartal|trimestre)|(trimestre|quarter|quartal) ?3|3 ?분기)": (7, 9),
    r"(q ?4|4 ?q|t ?4|4 ?t|(4\w{0,3}|fourth|last|quatri[eè]me|cuarto|quarto|viertes?)\.? "
    r"?(quarter|quartal|trimestre)|(trimestre|quarter|quartal) ?4|4 ?분기)": (10, 12),
    r"(h ?1|1 ?h|s ?1|1 ?s|(1\w{0,3}|first|premier|primer|primeiro|erstes?)\.? ?"
    r"(half( year)?|halbjahr|semestre|semester|semestre)|(semestre|semester) ?1|상반기"
    r"|premi[eè]re moiti[eé]|primera mitad|primeira metade|erste h[aä]lfte)": (1, 6),
    r"(h ?2|2 ?h|s ?2|2 ?s|(2\w{0,3}|second|deuxi[eè]me|segundo|zweites?)\.? ?"
    r"(half( year)?|halbjahr|semestre|semester)|(semestre|semester) ?2|하반기"
    r"|(seconde|deuxi[eè]me) moiti[eé]|segunda (mitad|metade)|zweite h[aä]lfte)": (7, 12),
}  # fmt: skip
# Parts of a year: the months from which to which they last. Seasons are those of the north.
_VAGUE: Final[dict[str, tuple[int, int]]] = {
    r"(spring|printemps|primavera|fr[uü]hling|fr[uü]hjahr|봄)": (3, 5),
    r"(summer|[eé]t[eé]|verano|sommer|ver[aã]o|여름)": (6, 8),
    r"(autumn|fall|automne|oto[nñ]o|herbst|outono|가을)": (9, 11),
    r"(winter|hiver|invierno|inverno|겨울)": (12, 12),
    r"(early|beginning|start|d[eé]but|principios?|inicios?|comienzos?|anfang|in[ií]cios?|초|초순)":
        (1, 3),
    r"(mid|middle|mi|milieu|mediados|mitte|meados|중반|중순)": (5, 8),
    r"(late|end|fin|finales|final|ende|fim|finais|말|하순)": (10, 12),
}  # fmt: skip
_OF: Final = (
    r"(?:[ ./,-]|\bof\b|\bde\b|\bdel\b|\bdu\b|\bl'?|\bdo\b|\bthe\b|\ba\b|년|年|\bin\b|\bà\b)*"
)


def _part_of_year(text: str, edge: Edge, _language: str) -> Remedy | None:
    for part, (first, last) in (_PARTS | _VAGUE).items():
        match = re.fullmatch(
            rf"(?:(?:in|the|au|à la|la|el|a|al|en)\s+)*(?:{part}{_OF}(?P<after>{YEAR})|"
            rf"(?P<before>{YEAR}){_OF}{part})\.?",
            text.casefold(),
        )
        if match:
            year = match["after"] or match["before"]
            values = {"first": f"{year}-{first:02}", "last": f"{year}-{last:02}", "year": year}
            month = values["last" if edge.name == "end" else "first"]
            remedy = "vague" if part in _VAGUE else edge.name or "any"
            return Remedy(
                "date.part", f"date.part.{remedy}", values | {"month": month}, (month, year)
            )
    return None


_TO: Final = re.compile(
    r"\s*(?:\s[-/]\s|[\u2010-\u2015~→〜]|\b(?:to|until|till|through|thru|and|à|au|jusqu'?à|jusqu'en|et"
    r"|a|al|hasta|y|até|ate|e|bis|und)\b|부터|에서|-(?=\d{4}\b)|/(?=\d{4}$)"
    r"|(?<=[^\W\d_])[-/](?=[^\W\d_]))\s*",
    re.IGNORECASE,
)
_BEFORE_PERIOD: Final = re.compile(
    r"^(between|from|entre|de|du|desde|von|zwischen|period|période|periodo|período|du|ab)\s+",
    re.IGNORECASE,
)


def _period(text: str, edge: Edge, language: str) -> Remedy | None:
    bare = _BEFORE_PERIOD.sub("", text.strip("() ")).removesuffix("까지").strip()
    for match in _TO.finditer(bare):
        last = readings(bare[match.end() :], language)
        first = readings(bare[: match.start()], language)
        if len(last) == 1 and not first and _has_letter(bare[: match.start()]):
            first = readings(f"{bare[: match.start()]} {last[0][:4]}", language)
        if len(first) == 1 and not last:
            last = _in_year(bare[match.end() :], first[0][:4], language)
        if len(first) == len(last) == 1 and first[0] <= last[0]:
            return _both(first[0], last[0], "date.period", edge)
        if len(first) == 1 and _ONGOING.fullmatch(bare[match.end() :]):
            return _bounded(first[0], "start", edge)
    short = re.fullmatch(rf"({YEAR})\s?[-\u2010-\u2015]\s?(\d\d)", bare)
    if short and int(short[2]) > max(int(short[1][2:]), 12) and not _follows(short[1], short[2]):
        return _both(short[1], short[1][:2] + short[2], "date.period", edge)
    return None


def _in_year(month: str, year: str, language: str) -> list[str]:
    """Return the readings of the name of a month in a year: of `6월` and `Mar`."""
    if not _has_letter(month):
        return []
    texts = (f"{month} {year}", f"{year}년 {month}", f"{year}年{month}")
    return next(filter(None, (readings(text, language) for text in texts)), [])


def _both(first: str, last: str, message: str, edge: Edge) -> Remedy:
    values = {"start": first, "end": last, "other": edge.other}
    known = edge.name if edge.name and edge.other else "any"
    options = {"start": (first,), "end": (last,)}.get(known, (first, last))
    return Remedy(message, f"date.period.{known}", values, options)


_FISCAL: Final = re.compile(
    rf"(?:(?:fiscal|financial|budget(?:ary)?|school|tax)\s+year|fy|exercice"
    rf"|année (?:budgétaire|scolaire)|ejercicio|año fiscal|ano fiscal|haushaltsjahr|회계 ?연도"
    rf"|exercício)?[\s:.-]*"
    rf"(?P<start>{YEAR}|\d\d)(?:\s?[-/\u2010-\u2015]\s?(?P<end>{YEAR}|\d\d))?\s?"
    rf"(?:\((?:fy|fiscal)\)|fy|fiscal year|회계 ?연도|年度|년도)?",
    re.IGNORECASE,
)


def _fiscal_year(text: str, edge: Edge, _language: str) -> Remedy | None:
    match = _FISCAL.fullmatch(text)
    if match is None or text.isdecimal() or not (_has_letter(text) or match["end"]):
        return None
    start = _four_digits(match["start"])
    end = _four_digits(match["end"]) if match["end"] else start
    if end not in {start, str(int(start) + 1)}:
        return None
    if edge.name == "end":
        return Remedy("date.fiscal", "date.fiscal.end", {"end": end}, (end,))
    return Remedy("date.fiscal", "date.fiscal.start", {"start": start}, (start,))


def _has_letter(text: str) -> bool:
    return re.search(r"[^\W\d_]", text) is not None


def _four_digits(year: str) -> str:
    return year if len(year) == len("2024") else f"20{year}"


_UNTIL: Final = re.compile(
    r"^(?:by|until|till|before|up to|through|no later than|due|end(?:s|ing)?(?: in)?:?"
    r"|until the end of|jusqu'?(?:à|en|au)|avant|d'ici(?: à)?|au plus tard(?: en)?|fin :"
    r"|hasta|antes de|para(?: el)?|a más tardar|bis(?: zum| ende)?|spätestens|vor|até|antes de)\s*"
    r"|\s*(?:까지|이전|전까지)$",
    re.IGNORECASE,
)
_SINCE: Final = re.compile(
    r"^(?:since|from|after|as of|as from|starting(?: in)?|start(?:s|ed)?(?: in)?:?"
    r"|begin(?:s|ning)?(?: in)?|launched(?: in)?|depuis|à partir d[eu']|dès|après|desde|a partir de"
    r"|después de|ab|seit|nach|von|após|início:?|inicio:?|début ?:?|beginn:?|시작:?)\s*"
    r"|\s*(?:onwards?|and after|and later|and beyond|\+|-|et après|en adelante|em diante"
    r"|부터|이후)$",
    re.IGNORECASE,
)


def _bound(text: str, edge: Edge, language: str) -> Remedy | None:
    for edge_name, pattern in (("end", _UNTIL), ("start", _SINCE)):
        bare = pattern.sub("", text, count=1).strip(" :,.-")
        dates = readings(bare, language) if bare != text else []
        if len(dates) == 1:
            return _bounded(dates[0], edge_name, edge)
    return None


def _bounded(day: str, bound: str, edge: Edge) -> Remedy:
    values = {"date": day, "other": edge.other}
    elsewhere = edge.name not in {"", bound} and edge.other
    return Remedy("date.words", "date.move" if elsewhere else "date.only", values, (day,))


_NUMERIC: Final = re.compile(
    rf"(?:(?P<y>{YEAR})[-/. ](?P<m>\d\d?)[-/. ](?P<d>\d\d?)"
    rf"|(?P<one>\d\d?)[-/. ](?P<two>\d\d?)[-/. ](?P<year>{YEAR})"
    rf"|(?P<of>{YEAR})[-/.](?P<month>\d\d?)"
    rf"|(?P<east>{YEAR})\s?[년年]\s?(?P<em>\d\d?)\s?[월月]\s?(?P<ed>\d\d?)\s?[일日])\.?"
)


def _impossible(text: str, _edge: Edge, language: str) -> Remedy | None:
    """Return what may be meant by a day or a month that the calendar does not have."""
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return _day_of_named_month(text, language)
    year = match["y"] or match["year"] or match["of"] or match["east"]
    pairs = [(match["m"] or match["em"], match["d"] or match["ed"])]
    pairs = pairs if match["y"] or match["east"] else []
    pairs += [(match["two"], match["one"]), (match["one"], match["two"])] if match["year"] else []
    dates = [last for month, day in pairs for last in _nearest(year, int(month), int(day))]
    if match["y"]:  # the day may be before the month: `2024-13-01`
        dates += existing(year, match["d"], match["m"])
    options = tuple(dict.fromkeys([*dates, year]))
    remedy = "ambiguous" if dates else "date.only"
    return Remedy("date.impossible", remedy, {"date": year}, options)


def _nearest(year: str, month: int, day: int) -> Iterator[str]:
    """Yield the last day of a month that is shorter than the day, and the month."""
    if 1 <= month <= 12 and 28 < day <= 31:  # noqa: PLR2004  # months and days of the calendar
        yield f"{year}-{month:02}-{calendar.monthrange(int(year), month)[1]}"
        yield f"{year}-{month:02}"


def _day_of_named_month(text: str, language: str) -> Remedy | None:
    """Handle `29 February 2023`: the month and the year alone are a date."""
    match = re.search(r"(?<!\d)(29|3\d)(?!\d)", text)
    if match is None:
        return None
    bare = f"{text[: match.start()]} {text[match.end() :]}"
    months = readings(re.sub(r"^\W+|\b(st|nd|rd|th)\b", "", bare), language)
    if len(months) != 1 or len(months[0]) != len("2024-02"):
        return None
    year, month = months[0].split("-")
    options = tuple(_nearest(year, int(month), int(match[1]))) or (months[0],)
    return Remedy("date.impossible", "ambiguous", options=options)


def _of_no_century(text: str, _edge: Edge, language: str) -> Remedy | None:
    """Handle `'24` and `jan/24`; the latter can also be a day without its year."""
    short = re.fullmatch(r"(?P<month>.*?)[\s/.'\u2019-]*(?<!\d)(?P<year>\d\d)", text)
    if short is None:
        return None
    year = f"20{short['year']}"
    dates = readings(f"{short['month']} {year}", language) if short["month"] else [year]
    if len(dates) != 1 or re.fullmatch(r"\d+", text):
        return None
    return Remedy("date.century", "date.century.write", {"date": dates[0]}, (dates[0],))


def _other_calendar(text: str, _edge: Edge, _language: str) -> Remedy | None:
    match = re.search(r"(?<!\d)(1[34]\d\d|2[45]\d\d)(?!\d)", text)
    if match is None or len(re.findall(r"\d{3,}", text)) > 1:
        return None
    number = int(match[1])
    if number > 2000:  # noqa: PLR2004  # of the Buddhist era
        years = [str(number - BUDDHIST)]
    elif re.search(r"\bAH\b|هـ", text):
        years = [str(round(number * 0.970224 + 621.5774))]
    else:  # Solar Hijri: a year starts in March
        years = [str(number + 621), str(number + 622)]
    return Remedy("date.calendar", "date.calendar.write", options=tuple(years))


def _decade(text: str, edge: Edge, _language: str) -> Remedy | None:
    match = re.fullmatch(
        r"(?:the |les |los |die |anos |années |años )*((?:19|20)\d)0(?:s|'s|er| ?년대|er jahre)?",
        text,
    )
    if match is None or text.isdecimal():
        return None
    return _both(f"{match[1]}0", f"{match[1]}9", "date.decade", edge)


def _week(text: str, _edge: Edge, _language: str) -> Remedy | None:
    match = re.fullmatch(rf"({YEAR})-?W(\d\d)(?:-?\d)?|W(?:eek)? ?(\d\d?),? ?({YEAR})", text)
    if match is None:
        return None
    try:
        monday = date.fromisocalendar(int(match[1] or match[4]), int(match[2] or match[3]), 1)
    except ValueError:
        return None
    return Remedy("date.part", "date.only", {"date": monday.isoformat()}, (monday.isoformat(),))


def _inside(text: str, edge: Edge, language: str) -> Remedy | None:
    """Handle a text with dates inside."""
    dates = list(dict.fromkeys(dates_inside(text, language)))
    if len(dates) == 1:
        return Remedy("date.words", "date.only", {"date": dates[0]}, (dates[0],))
    if len(dates) == 2 and dates[0] < dates[1]:  # noqa: PLR2004
        return _both(dates[0], dates[1], "date.several", edge)
    return Remedy("date.several", "ambiguous", options=tuple(dates)) if dates else None


_MOST_TOKENS: Final = 9
_TOKEN: Final = re.compile(r"\d+|[^\W\d_]+|[^\w\s]")


def dates_inside(text: str, language: str = "en") -> Iterator[str]:
    """Yield the dates that a text contains, each as long as possible and with one reading."""
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        for end in range(min(len(tokens), at + _MOST_TOKENS), at, -1):
            piece = text[tokens[at].start() : tokens[end - 1].end()]
            is_bare = piece[0].isalnum() and piece[-1].isalnum()
            dates = (
                readings(piece, language) if is_bare and not _is_cut(text, tokens[at:end]) else []
            )
            if len(dates) == 1:
                yield dates[0]
                at = end
                break
        else:
            at += 1


def _is_cut(text: str, tokens: Sequence[re.Match[str]]) -> bool:
    """Return whether a number goes on beside the tokens: `2024` in `2024.5` or `1,2024`."""
    before, after = text[: tokens[0].start()], text[tokens[-1].end() :]
    return bool(re.search(r"\d[.,/]$", before) or re.match(r"[.,/]\d|\s?%", after))


_WAYS: Final[tuple[Way, ...]] = (
    *(_missing, _ambiguous, _ongoing, _serial, _part_of_year, _week, _fiscal_year, _period, _bound),
    *(_decade, _impossible, _of_no_century, _other_calendar, _inside),
)
