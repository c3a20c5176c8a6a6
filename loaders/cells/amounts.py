"""Amounts and currencies in cells.

`urbansdg.loaders.parse.money` reads the text of an amount. A text that is not exactly one becomes a
problem that offers the amounts in it. A year is never offered as an amount.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from urbansdg.errors import Problem, Severity
from urbansdg.loaders.cells.missing_values import is_missing
from urbansdg.loaders.cells.problem_texts import alternatives, ambiguous, describe
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.money import ABOUT, Money, currency_codes, read_money, scale_of
from urbansdg.loaders.parse.quantities import DIGITS, ascii_digits, plain_number

_MOST_CODES: Final = 4
"""The most currencies that a remedy lists: a dollar can be of ten countries."""

_YEAR: Final = r"(?:19|20)\d\d"
_PREPOSITION: Final = (
    r"(?:in|for|from|between|over|during|until|by|since|the|period|years?|fy|fiscal|en|entre|de|du|des"
    r"|à|au|pour|sur|durant|période|années?|exercice|para|durante|desde|hasta|periodo|el|los|años?"
    r"|ejercicio|von|bis|für|im|jahre?|zwischen|em|até|ano|anos|período)"
)
_PERIOD: Final = (
    rf"(?:{_PREPOSITION}\b[\s.:]*)*(?:fy\s?)?{_YEAR}\s?[년年]?"
    rf"(?:\s*(?:[-/~\u2010-\u2015]|to|and|until|through|à|au|et|a|al|y|hasta|bis|und|até|e|부터)\s*"
    rf"(?:{_YEAR}|\d\d)(?!\d)\s?[년年]?)?[도度]?\s?(?:까지|기준|동안|간)?"
)
_AFTER: Final = re.compile(rf"[\s,;:\u2010-\u2015-]*[(\[]?\s*{_PERIOD}\s*[)\]]?\.?$", re.IGNORECASE)
_BEFORE: Final = re.compile(rf"^[(\[]?\s*{_PERIOD}\s*[)\]]?[\s:,;\u2010-\u2015-]+", re.IGNORECASE)

_RANGE: Final = re.compile(
    rf"({DIGITS})\s*(?:[-~\u2010-\u2015\u301c]|to|and|or|à|et|ou|a|y|o|hasta|bis|und|oder|até|e|에서)\s*"
    rf"({DIGITS})",
    re.IGNORECASE,
)
_SHARE: Final = re.compile(
    r"\d\s?(?:%|‰|\u066a|per ?cent|percent|pour ?cent|por ?ciento|por ?cento|prozent|퍼센트"
    r"|프로(?!그램))",
    re.IGNORECASE,
)
_WORDS: Final = re.compile(r"\b(?:sur|all|top|try|cup|pen|mad|mop|gel)\b")
"""Words in lower case that are no currencies inside a text, although ISO 4217 has their letters."""

_FRACTION: Final = re.compile(r"(?<![\d/])\d[/\u2044][2-9](?![\d/])|\d[eE][+-]?\d")
"""A fraction or an exponent: `1/2 million`, `½ million`, `1e6`; its digits are no amounts."""

_KOREAN_HALF: Final = re.compile(r"\d\s?억\s?\d{1,4}\s?천(?!\s?만)")
"""`12억 5천` is 1.25 billion in Korean: the unit of the second part is ten thousand."""

_OF_WHICH: Final = re.compile(
    r"\b(?:of which|including|incl|dont|y compris|de l[oa]s cuales|incluidos?|incluidas?|davon"
    r"|darunter|dos quais)\b|(?:이|그) ?중",
    re.IGNORECASE,
)
_PER_UNIT: Final = re.compile(
    r"\b(?:per|par|por|pro|je)\s(?:capita|persona?|personne|people|inhabitants?|residents?|head"
    r"|households?|unit|km2?|m2|habitante?|hab|ménage|logement|hogar|vivienda|unidad|kopf|einwohner)\b"
    r"|/\s?(?:hab|pers|cap|km|m²|m2|unit)\b|(?:1|일)?인당|가구당",
    re.IGNORECASE,
)
_A_YEAR: Final = re.compile(
    r"\b(?:per|a|each|every|by) ?(?:year|annum)\b|/ ?(?:year|yr|an|año|ano|jahr)\b|\bp\.? ?a\b\.?"
    r"|\bannual(?:ly|es)?\b|\byearly\b|\bpar an(?:née)?\b|\bannuel(?:s|le|les|lement)?\b"
    r"|\b(?:al|por|cada) (?:año|ano)\b|\bao ano\b|\banua(?:l|is)\b|\bpro jahr\b|\bjährlich\b"
    r"|연간|연 ?(?=\d)|매년|년간 매|/년",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(
    r"\d{1,3}(?:[ \u00a0\u202f'\u2019]\d{3})+(?!\d)(?:[.,]\d+)?|\d[\d.,]*\d|\d|[^\W\d]+\$?|[^\w\s]"
)
_AFTER_BARE: Final = re.compile(r"\W*$|\W+(in|for|from|to|of|per|total|en|au|pour|para|de|del)\b")
_MOST_LEFT, _MOST_RIGHT = 3, 6
"""Words before and after a number that can belong to it: `US $ 5`, `5 mil millones de pesos`."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A decimal number, and its currency code if the text names one."""

    number: str
    currency: str | None


def amount(
    cell: Cell, currency: str | None = None, country: str = ""
) -> Iterator[Amount | Problem]:
    """Parse an amount; `currency` is the code from a separate column.

    `country` is the alpha-2 code of the city's country: of several currencies that a sign can mean,
    a remedy names that of the country first. ISO 4217 codes begin with ISO 3166 codes.

    An amount with years beside it gives the amount, and a warning about the years.
    """
    money = read_money(cell.text, cell.language)
    if money is not None:
        yield _amount(cell, _home_first(money, country), currency)
        return
    bare = _without_years(ascii_digits(cell.text))
    money = read_money(bare, cell.language) if bare else None
    if money is None or not (money.codes or money.is_scaled or currency):
        yield _no_amount(cell, currency)
        return
    result = _amount(cell, _home_first(money, country), currency)
    yield result
    if isinstance(result, Amount):
        yield _with_years(cell, result)


def _home_first(money: Money, country: str) -> Money:
    return replace(money, codes=tuple(sorted(money.codes, key=lambda code: code[:2] != country)))


def _amount(cell: Cell, money: Money, currency: str | None) -> Amount | Problem:
    codes = money.codes
    candidates = (currency,) if currency and (not codes or currency in codes) else codes
    if currency and codes and currency not in codes:
        codes_named = alternatives(codes[:_MOST_CODES], cell.locale)
        return describe(
            cell,
            "contradicting-currency",
            "currency.contradiction",
            "currency.contradiction.write",
            codes=codes_named,
            currency=currency,
        )
    if len(money.numbers) > 1 or len(candidates) > 1:
        return ambiguous(cell, _written(replace(money, codes=candidates)))
    return Amount(money.numbers[0], candidates[0] if candidates else None)


def _written(money: Money) -> tuple[str, ...]:
    """Return the readings of money as cells hold them: `5000000 USD`."""
    codes = money.codes[:_MOST_CODES] or ("",)
    return tuple(f"{number} {code}".strip() for number in money.numbers for code in codes)


def _without_years(text: str) -> str:
    """Return the text without the years at its end or its start, or "" if there are none."""
    bare = _AFTER.sub("", text)
    bare = bare if bare != text else _BEFORE.sub("", text)
    return bare.strip() if bare != text and re.search(r"\d", bare) else ""


def _with_years(cell: Cell, result: Amount) -> Problem:
    years = re.findall(_YEAR, ascii_digits(cell.text))
    amount_only = f"{result.number} {result.currency or ''}".strip()
    values = {"amount": amount_only, "years": "-".join(years[-2:])}
    several = len(set(years)) > 1
    remedy = "amount.years.several" if several else "amount.years.one"
    problem = describe(cell, "amount-with-years", "amount.years", remedy, **values)
    return replace(problem, severity=Severity.WARNING)


def _no_amount(cell: Cell, currency: str | None) -> Problem:
    """Return the problem of a text that is not one amount, with the amounts in it."""
    if is_missing(cell.text):
        return describe(cell, "bad-amount", "missing.message", "missing")
    text = _KOREAN_HALF.sub(r"\g<0>만", ascii_digits(cell.text))
    bare = _without_years(text) or text
    if _FRACTION.search(text):
        return describe(cell, "bad-amount", "amount.unknown", "amount.write")
    ends = _ends_of_range(bare, cell.language)
    if ends:
        written = tuple(_written(_in(end, currency))[0] for end in ends)
        options = alternatives(written, cell.locale)
        return describe(cell, "range", "amount.range", "amount.range.write", options=options)
    inside = [_in(money, currency) for money in money_inside(text, cell.language)]
    code = "range" if _is_old_range(bare) else "bad-amount"
    if not inside:
        share = _SHARE.search(text) is not None
        remedy = "amount.share.write" if share else "amount.write"
        return describe(cell, code, "amount.share" if share else "amount.unknown", remedy)
    return _with_inside(cell, code, inside, text)


def _in(money: Money, currency: str | None) -> Money:
    return replace(money, codes=(currency,)) if currency and not money.codes else money


def _is_old_range(text: str) -> bool:
    match = _RANGE.search(text)
    return match is not None and not any(re.fullmatch(_YEAR, end.strip()) for end in match.groups())


def _ends_of_range(text: str, language: str) -> tuple[Money, ...]:
    """Return both ends of a range, with the currency and the scale of the second."""
    match = _RANGE.search(text)
    if match is None:
        pieces = re.split(
            r"\s*(?:\s[-\u2010-\u2015]\s|[\u2013\u2014~]|(?<=\w)-(?=[\d$€£¥₩₹])|\b(?:to|à|a|hasta|bis|até)\b)\s*",
            _no_preposition(text),
        )
        moneys = [read_money(piece, language) for piece in pieces]
    else:
        around = text[: match.start()], text[match.end() :]
        moneys = [
            read_money(_no_preposition(f"{around[0]}{end.lstrip('-')}{around[1]}"), language)
            for end in match.groups()
        ]
    whole = [money for money in moneys if money is not None]
    if len(whole) != len(moneys) or len(whole) != len(("first", "last")):
        return ()
    codes = whole[0].codes or whole[1].codes
    return tuple(replace(money, codes=money.codes or codes) for money in whole)


def _no_preposition(text: str) -> str:
    return re.sub(r"^\s*(between|from|entre|de|von|zwischen)\s+", "", text, flags=re.IGNORECASE)


def _with_inside(cell: Cell, code: str, inside: list[Money], text: str) -> Problem:
    if len(inside) == 1:
        remedy = "amount.each_year" if _A_YEAR.search(text) else "amount.only"
        remedy = "amount.per" if _PER_UNIT.search(text) else remedy
        options = alternatives(_written(inside[0]), cell.locale)
        return describe(cell, code, "amount.words", remedy, options=options)
    written = tuple(_written(money)[0] for money in inside)
    numbers = [Decimal(money.numbers[0]) for money in inside]
    is_whole = numbers[0] == sum(numbers[1:]) and len(numbers) > len(("whole", "part"))
    if is_whole or _OF_WHICH.search(text):
        options = "; ".join(written[1:])
        return describe(
            cell, code, "amount.several", "amount.whole", total=written[0], options=options
        )
    codes = {money.codes for money in inside}
    if len(codes) == 1 and re.search(r"\+|\bplus\b|\bmás\b|\bmais\b", text):
        total = plain_number(sum((Decimal(money.numbers[0]) for money in inside), Decimal()))
        whole = _written(replace(inside[0], numbers=(total,)))[0]
        parts = "; ".join(written)
        return describe(cell, code, "amount.several", "amount.sum", total=whole, options=parts)
    return describe(cell, code, "amount.several", "amount.each_row", options="; ".join(written))


def money_inside(text: str, language: str = "en") -> list[Money]:
    """Return the amounts in a text, in their order, without years, shares and counts.

    Amounts with a currency or a scale are preferred to bare numbers.

    >>> [money.numbers[0] for money in money_inside("about EUR 42 million in 2024")]
    ['42000000']
    """
    text = _WORDS.sub(lambda match: "_" * len(match[0]), text)
    tokens = list(_TOKEN.finditer(text))
    bare, certain = list[Money](), list[Money]()
    at = 0
    while at < len(tokens):
        if not tokens[at][0][0].isdigit() or _SHARE.match(f"0{text[tokens[at].end() :]}"):
            at += 1
            continue
        money, end = _widest(text, tokens, at, language)
        if money is not None and (money.codes or money.is_scaled):
            certain.append(money)
        elif money is not None and _may_be_money(text, tokens[at]):
            bare.append(money)
        at = max(end, at + 1)
    return (certain if "+" in text else list(dict.fromkeys(certain))) or (
        bare if len(bare) == 1 else []
    )


def _widest(
    text: str, tokens: list[re.Match[str]], at: int, language: str
) -> tuple[Money | None, int]:
    """Return the money of the longest piece around a number, and the token after it."""
    lefts = range(max(0, at - _MOST_LEFT), at + 1)
    rights = range(min(len(tokens), at + _MOST_RIGHT), at, -1)
    for right in rights:
        for left in lefts:
            piece = text[tokens[left].start() : tokens[right - 1].end()]
            before = (token[0] for token in tokens[left:at])
            cut = piece[0] in "-(" or re.search(r"\+|\w-\W", piece) or any(map(scale_of, before))
            money = None if cut else read_money(piece, language)
            if money is not None:
                return money, right
    return None, at + 1


def _may_be_money(text: str, token: re.Match[str]) -> bool:
    """Return whether a number without a currency may be an amount: no year, share or count."""
    after = text[token.end() :]
    if re.fullmatch(_YEAR, token[0]) or _SHARE.match(f"0{after.lstrip()}"):
        return False
    grouped = re.search(r"\d[., '\u2019]\d{3}", token[0]) or len(token[0]) > 4  # noqa: PLR2004
    first = ABOUT.sub("", text).lstrip().startswith(token[0])
    return bool(grouped) or (first and _AFTER_BARE.match(after) is not None)


def currency_code(cell: Cell) -> Iterator[str | Problem]:
    """Parse a currency: an ISO 4217 code, a sign or a name."""
    codes = currency_codes(ascii_digits(cell.text).casefold())
    if codes is None:
        yield _unknown_currency(cell)
    elif len(codes) > 1:
        yield ambiguous(cell, codes[:_MOST_CODES])
    else:
        yield codes[0]


def _unknown_currency(cell: Cell) -> Problem:
    """Return the problem of an unknown currency, with the codes that its words name."""
    words = re.findall(r"[^\W\d_]+\$?|[€£₩¥$₹₱₫฿₺₽₦₪₴]", ascii_digits(cell.text).casefold())
    codes = dict.fromkeys(code for word in words for code in currency_codes(word) or [])
    if codes:
        options = alternatives(list(codes)[:_MOST_CODES], cell.locale)
        return describe(
            cell, "unknown-currency", "currency.unknown", "currency.only", options=options
        )
    return describe(cell, "unknown-currency", "currency.unknown", "currency.write")
