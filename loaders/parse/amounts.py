"""Amounts of money as people write them: `2 000 MSEK`, `€1.5m`, `R$31,7 bi`, `12억 원`.

The result is a decimal number and an ISO 4217 currency code. A text with more than one meaning is a
problem that lists the candidates. Currency symbols and names are from the Unicode CLDR, read by
Babel.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final

from babel import Locale
from babel.numbers import is_currency

from urbansdg.errors import Problem
from urbansdg.loaders.parse.facts import Cell
from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.parse.quantities import (
    DIGITS,
    ambiguous,
    ascii_digits,
    plain_number,
    possible_values,
)

_THOUSAND, _MILLION, _BILLION, _TRILLION = (Decimal(10) ** power for power in (3, 6, 9, 12))
_SCALES: Final = {
    "k": _THOUSAND, "t": _THOUSAND, "thousand": _THOUSAND, "mil": _THOUSAND, "mille": _THOUSAND,
    "tsd": _THOUSAND, "tusen": _THOUSAND, "천": _THOUSAND, "千": _THOUSAND,
    "만": Decimal(10) ** 4, "万": Decimal(10) ** 4, "萬": Decimal(10) ** 4,
    "lakh": Decimal(10) ** 5, "lakhs": Decimal(10) ** 5, "crore": Decimal(10) ** 7,
    "crores": Decimal(10) ** 7, "백만": _MILLION, "百万": _MILLION, "천만": Decimal(10) ** 7,
    "m": _MILLION, "mm": _MILLION, "mn": _MILLION, "mln": _MILLION, "mio": _MILLION,
    "mill": _MILLION, "million": _MILLION, "millions": _MILLION, "millon": _MILLION,
    "millones": _MILLION, "milhao": _MILLION, "milhoes": _MILLION, "miljoner": _MILLION,
    "억": Decimal(10) ** 8, "億": Decimal(10) ** 8, "亿": Decimal(10) ** 8,
    "십억": _BILLION, "b": _BILLION, "bn": _BILLION, "bi": _BILLION, "bilhao": _BILLION,
    "bilhoes": _BILLION, "md": _BILLION, "mds": _BILLION, "mrd": _BILLION, "milliard": _BILLION,
    "milliards": _BILLION, "milliarden": _BILLION, "miljarder": _BILLION, "mil millones": _BILLION,
    "billion": _BILLION, "billions": _BILLION, "조": _TRILLION, "兆": _TRILLION, "tn": _TRILLION,
    "trillion": _TRILLION, "trillions": _TRILLION, "billon": _TRILLION, "billones": _TRILLION,
}  # fmt: skip
_WESTERN: Final = {_THOUSAND, _MILLION, _BILLION, _TRILLION}
# In the long scale, which French and Spanish use, `billion` is 10**12.
_LONG_SCALE: Final = {"billion", "billions"}
_LONG_SCALE_LANGUAGES: Final = {"fr", "es"}
# Signs and names that several currencies share.
_SHARED: Final = {
    "$": ("USD", "CAD", "AUD", "MXN", "COP", "CLP", "ARS", "SGD", "HKD", "NZD"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "kronor": ("SEK",), "kroner": ("NOK", "DKK"), "krone": ("NOK", "DKK"), "krona": ("SEK", "ISK"),
    "¥": ("JPY", "CNY"), "dollar": ("USD", "CAD", "AUD"), "dollars": ("USD", "CAD", "AUD"),
    "peso": ("MXN", "COP", "CLP", "ARS", "PHP"), "pesos": ("MXN", "COP", "CLP", "ARS", "PHP"),
    "franc": ("CHF", "XOF", "XAF"), "francs": ("CHF", "XOF", "XAF"),
    "rupees": ("INR", "PKR", "LKR"),
    "pound": ("GBP", "EGP"), "pounds": ("GBP", "EGP"), "元": ("CNY", "TWD"),
    "rs": ("INR", "PKR", "LKR"),
}  # fmt: skip
_SIGNS: Final = {
    "€": "EUR", "£": "GBP", "₩": "KRW", "원": "KRW", "円": "JPY", "엔": "JPY", "유로": "EUR",
    "달러": "USD", "us$": "USD", "usd$": "USD", "u$s": "USD", "r$": "BRL", "c$": "CAD",
    "ca$": "CAD",
    "a$": "AUD", "au$": "AUD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "nt$": "TWD", "mx$": "MXN",
    "cn¥": "CNY", "jp¥": "JPY", "₹": "INR", "₱": "PHP", "₫": "VND", "฿": "THB", "₺": "TRY",
    "₽": "RUB",
    "zł": "PLN", "zl": "PLN", "kč": "CZK", "ft": "HUF", "₦": "NGN", "₪": "ILS", "₴": "UAH",
    "rp": "IDR", "rm": "MYR", "euro": "EUR", "euros": "EUR", "won": "KRW", "yen": "JPY",
    "reais": "BRL",
}  # fmt: skip
_ABOUT: Final = re.compile(
    r"^(about|approx(imately|\.)?|around|circa|ca\.?|c\.|env(iron|\.)?|unos|aprox\.?|약|~|≈)\s*",
    re.IGNORECASE,
)
_RANGE: Final = re.compile(
    rf"({DIGITS})\s*(?:[-~\u2013\u2014]|to|à|a|hasta|bis)\s*({DIGITS})", re.IGNORECASE
)
_NUMBER: Final = re.compile(DIGITS)
_DE: Final = re.compile(r"\b(d['\u2019]|de\b|of\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """A decimal number, and its currency code if the text names one."""

    number: str
    currency: str | None


def amount(cell: Cell, currency: str | None = None) -> Iterator[Amount | Problem]:
    """Parse an amount; `currency` is the code from a separate column."""
    text = _ABOUT.sub("", ascii_digits(cell.text))
    if _RANGE.search(text):
        yield _range(cell)
        return
    digits = _NUMBER.findall(text)
    if len(digits) != 1:
        yield _unknown(cell)
        return
    rest = _NUMBER.sub(" ", text, count=1)
    yield from _amount(cell, digits[0], _words(rest), currency)


def _amount(
    cell: Cell, digits: str, words: list[str], currency: str | None
) -> Iterator[Amount | Problem]:
    scales, rest = _scales_and_rest(words, cell.language)
    codes = _currencies(rest)
    western = any(scale in _WESTERN for scale in scales)
    numbers = _numbers(digits, scaled=western)
    if not scales or not numbers or codes is None:
        yield _unknown(cell)
        return
    values = [plain_number(value * scale) for value in numbers for scale in scales]
    candidates = [currency] if currency and (not codes or currency in codes) else codes
    if currency and codes and currency not in codes:
        yield _contradiction(cell, codes, currency)
    elif len(values) > 1:
        yield ambiguous(cell, values)
    elif len(candidates) > 1:
        yield ambiguous(cell, [f"{values[0]} {code}" for code in candidates])
    else:
        yield Amount(values[0], candidates[0] if candidates else None)


def _numbers(digits: str, *, scaled: bool) -> list[Decimal]:
    """Return the possible values of the digits of an amount.

    A full amount never has three decimals, nor has one before 억, so `1.234` is 1234 there; before
    a word such as million it is ambiguous.
    """
    numbers = possible_values(digits)
    return numbers[:1] if len(numbers) > 1 and not scaled else numbers


def _words(rest: str) -> list[str]:
    """Split the text around a number into words and signs, in lower case."""
    bare = (word.strip(".,()+-").casefold() for word in re.findall(r"[^\s\d]+", _DE.sub(" ", rest)))
    return [word for word in bare if word]


def _scales_and_rest(words: list[str], language: str) -> tuple[list[Decimal], list[str]]:
    """Separate scale words from the others: the possible factors, and the remaining words."""
    factors, rest = [Decimal(1)], list[str]()
    text = [folded_word for word in words for folded_word in _split(word)]
    index = 0
    while index < len(text):
        pair = " ".join(text[index : index + 2])
        scale = _SCALES.get(pair)
        index += 2 if scale else 1
        word = pair if scale else text[index - 1]
        scale = scale or _scale(word)
        if scale is None:
            rest.append(word)
            continue
        long = comparison_key(word) in _LONG_SCALE and language in _LONG_SCALE_LANGUAGES
        factors = [
            factor * step
            for factor in factors
            for step in ((scale, _TRILLION) if long else (scale,))
        ]
    return factors, rest


def _scale(word: str) -> Decimal | None:
    """Return the factor of a scale word, with or without its accents."""
    return _SCALES.get(word) or (_SCALES.get(comparison_key(word)) if word.isalpha() else None)


def _split(word: str) -> Iterator[str]:
    """Split a word that joins a scale and a currency: `MSEK`, `m€`, `억원`, `€m`."""
    if _codes(word) is not None or _scale(word) is not None:
        yield word
        return
    for at in range(1, len(word)):
        for scale, money in ((word[:at], word[at:]), (word[at:], word[:at])):
            if _scale(scale) is not None and _codes(money) is not None:
                yield from (scale, money)
                return
    yield word


def _currencies(words: list[str]) -> list[str] | None:
    """Return the possible currency codes: an empty list for no words, None for unknown words."""
    joined = " ".join(words)
    if not words:
        return []
    for text in (joined, "".join(words)):
        codes = _codes(text)
        if codes is not None:
            return codes
    candidates = [_codes(word) for word in words]
    known = [set(codes) for codes in candidates if codes is not None]
    if len(known) != len(words):
        return None
    common = set.intersection(*known)
    return sorted(common) or None


def _codes(word: str) -> list[str] | None:
    if len(word) == len("EUR") and word.isascii() and is_currency(word.upper()):
        return [word.upper()]
    if word in _SIGNS:
        return [_SIGNS[word]]
    if word in _SHARED:
        return list(_SHARED[word])
    return _codes_by_name().get(comparison_key(word))


@cache
def _codes_by_name() -> dict[str, list[str]]:
    """Return the currency codes by name, in the languages of the workbook."""
    names: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).currencies.items():
            if comparison_key(name) and code not in names.setdefault(comparison_key(name), []):
                names[comparison_key(name)].append(code)
    return names


def currency_code(cell: Cell) -> Iterator[str | Problem]:
    """Parse a currency: an ISO 4217 code, a sign or a name."""
    codes = _codes(ascii_digits(cell.text).casefold())
    if codes is None:
        yield cell.problem(
            "unknown-currency",
            f"Unknown currency: {cell.text!r}.",
            "Write its ISO 4217 code, for example EUR or KRW.",
        )
    elif len(codes) > 1:
        yield ambiguous(cell, codes)
    else:
        yield codes[0]


def _range(cell: Cell) -> Problem:
    ends = _RANGE.search(ascii_digits(cell.text))
    values: Iterable[str] = ends.groups() if ends else ()
    return cell.problem(
        "range",
        f"{cell.text!r} is a range; expected one amount.",
        f"Write one amount ({' or '.join(value.strip() for value in values)}), or one row for "
        "each.",
    )


def _contradiction(cell: Cell, codes: list[str], currency: str) -> Problem:
    return cell.problem(
        "contradicting-currency",
        f"{cell.text!r} is in {' or '.join(codes)}, but the currency column says {currency}.",
        "Correct one of the two.",
    )


def _unknown(cell: Cell) -> Problem:
    return cell.problem(
        "bad-amount",
        f"Cannot read {cell.text!r} as an amount.",
        "Write a number, a word such as million, and the currency: 1.5 million EUR.",
    )
