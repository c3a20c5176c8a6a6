"""Money as people write it: `2 000 MSEK`, `€1.5m`, `R$31,7 bi`, `12억 5천만 원`, `₹ 3 crore`.

A text has possible numbers and possible ISO 4217 codes. Currency symbols and names are from the
Unicode CLDR, read by Babel. `urbansdg.loaders.cells.amounts` turns money into values and problems.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Final

from babel import Locale
from babel.numbers import is_currency

from urbansdg.loaders.parse.name_keys import LANGUAGES, comparison_key
from urbansdg.loaders.parse.quantities import DIGITS, ascii_digits, plain_number, possible_values

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
    "tausend": _THOUSAND, "mila": _THOUSAND, "duizend": _THOUSAND, "тыс": _THOUSAND,
    "millionen": _MILLION, "milione": _MILLION, "milioni": _MILLION, "miljoen": _MILLION,
    "miljon": _MILLION, "millioner": _MILLION, "milion": _MILLION, "milionow": _MILLION,
    "milyon": _MILLION, "juta": _MILLION, "млн": _MILLION, "миллионов": _MILLION,
    "milliarde": _BILLION, "miliardo": _BILLION, "miliardi": _BILLION, "miljard": _BILLION,
    "milliarder": _BILLION, "mil milhoes": _BILLION, "mld": _BILLION, "mlrd": _BILLION,
    "milyar": _BILLION, "miliar": _BILLION, "млрд": _BILLION, "миллиардов": _BILLION,
    "cr": Decimal(10) ** 7, "lac": Decimal(10) ** 5, "lacs": Decimal(10) ** 5,
    "百億": Decimal(10) ** 10, "백억": Decimal(10) ** 10, "천억": Decimal(10) ** 11,
    "십만": Decimal(10) ** 5,
}  # fmt: skip
_WESTERN: Final = {_THOUSAND, _MILLION, _BILLION, _TRILLION}
# In the long scale, which French, Spanish and German use, `billion` is 10**12.
_LONG_SCALE: Final = {"billion", "billions"}
_LONG_SCALE_LANGUAGES: Final = {"fr", "es", "de"}
_MIL_IS_THOUSAND: Final = {"es", "pt"}
"""Where `mil` is a thousand; elsewhere people shorten `million` so too."""

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
    "cfa": ("XOF", "XAF"), "fcfa": ("XOF", "XAF"), "f cfa": ("XOF", "XAF"),
    "dirham": ("AED", "MAD"), "dirhams": ("AED", "MAD"), "dh": ("MAD", "AED"),
    "shilling": ("KES", "TZS", "UGX"), "shillings": ("KES", "TZS", "UGX"),
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
    "reais": "BRL", "real": "BRL", "rmb": "CNY", "yuan": "CNY", "renminbi": "CNY", "위안": "CNY",
    "cad$": "CAD", "aud$": "AUD", "nzd$": "NZD", "sgd$": "SGD", "hkd$": "HKD", "mxn$": "MXN",
    "rand": "ZAR", "baht": "THB", "naira": "NGN", "cedi": "GHS", "cedis": "GHS", "nis": "ILS",
    "shekel": "ILS", "shekels": "ILS", "zloty": "PLN", "forint": "HUF", "lira": "TRY",
    "ringgit": "MYR", "rupiah": "IDR", "dong": "VND", "\u0440\u0443\u0431": "RUB", "рублей": "RUB",
    "грн": "UAH", "sfr": "CHF", "fr": "CHF",
}  # fmt: skip
ABOUT: Final = re.compile(
    r"^(about|approx(imately|\.)?|around|circa|ca\.?|c\.|env(iron|\.)?|unos|aprox\.?|약|~|≈)(?![^\W\d_])\s*",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(DIGITS)
_SCALED: Final = re.compile(rf"({DIGITS})(\D*)")
_DASHED: Final = re.compile(r"(?<=\d)[.,][-\u2013\u2014]+(?!\d)")
"""No cents, as in `CHF 5.-` and `5,-- EUR`."""

_DE: Final = re.compile(r"\b(d['\u2019]|de\b|of\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Money:
    """The possible numbers of an amount and the possible codes of its currency.

    `codes` is empty if the text names no currency. `is_scaled` says whether it has a word such as
    million.
    """

    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    is_scaled: bool = False


def read_money(text: str, language: str = "en") -> Money | None:
    """Return the money of a text that is one amount and nothing else, or None.

    >>> read_money("R$31,7 bi")
    Money(numbers=('31700000000',), codes=('BRL',), is_scaled=True)
    """
    plain = _DASHED.sub("", ABOUT.sub("", ascii_digits(text)))
    digits = _NUMBER.findall(plain)
    if len(digits) > 1:
        return _compound(plain)
    if not digits:
        return None
    scales, rest = _scales_and_rest(_words(_NUMBER.sub(" ", plain, count=1)), language)
    codes = _currencies(rest)
    western = any(scale in _WESTERN for scale in scales)
    numbers = _numbers(digits[0], scaled=western)
    if not numbers or codes is None or not scales:
        return None
    values = tuple(plain_number(value * scale) for value in numbers for scale in scales)
    return Money(values, tuple(codes), scales != [Decimal(1)])


def _compound(text: str) -> Money | None:
    """Return the sum of numbers with falling scales: `12억 5,000만 원`, `1 crore 20 lakh`."""
    parts = list(_SCALED.finditer(text))
    words = [_words(part[2]) for part in parts]
    scaled = [_scales_and_rest(of_part, "en") for of_part in words]
    scales = [factors[0] for factors, _ in scaled]
    rests = [rest for _, rest in scaled]
    numbers = [_numbers(part[1], scaled=False)[:1] for part in parts]
    if any(rests[:-1]) or not all(numbers) or not _fall(scales) or not _is_sum(parts, scales):
        return None
    codes = _currencies([*_words(text[: parts[0].start()]), *rests[-1]])
    total = sum(
        (number[0] * scale for number, scale in zip(numbers, scales, strict=True)), Decimal()
    )
    return None if codes is None else Money((plain_number(total),), tuple(codes), is_scaled=True)


def _fall(scales: list[Decimal]) -> bool:
    """Return whether scales fall, and are those that several numbers of one amount have."""
    falling = all(one > other for one, other in pairwise(scales))
    return falling and not any(scale in _WESTERN - {_TRILLION} for scale in scales)


def _is_sum(parts: list[re.Match[str]], scales: list[Decimal]) -> bool:
    """Return whether only blanks are between the parts, and no year is at the end."""
    joined = all(re.fullmatch(r"\s*[^\W\d_]+\s*", part[2]) for part in parts[:-1])
    return joined and not (scales[-1] == 1 and re.fullmatch(r"(19|20)\d\d", parts[-1][1].strip()))


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
    """Separate scale words from the others: the possible factors, and the remaining words.

    There is no factor for two words of which both are large: in `RMB 30 million` the B is none.
    """
    factors, rest, steps = [Decimal(1)], list[str](), list[Decimal]()
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
        steps.append(scale)
        meanings = [scale]
        if comparison_key(word) in _LONG_SCALE and language in _LONG_SCALE_LANGUAGES:
            meanings.append(_TRILLION)
        if word == "mil" and language not in _MIL_IS_THOUSAND:
            meanings.append(_MILLION)
        factors = [factor * step for factor in factors for step in meanings]
    western = [step for step in steps if step in _WESTERN - {_THOUSAND}]
    return ([] if len(western) > 1 else factors), rest


def scale_of(word: str) -> Decimal | None:
    """Return the factor of a scale word in any case, such as `million`, `억`, `k`, or None."""
    return _scale(word.casefold())


def _scale(word: str) -> Decimal | None:
    """Return the factor of a scale word, with or without its accents."""
    return _SCALES.get(word) or (_SCALES.get(comparison_key(word)) if word.isalpha() else None)


def _split(word: str) -> Iterator[str]:
    """Split a word that joins a scale and a currency: `MSEK`, `m€`, `억원`, `€m`."""
    if currency_codes(word) is not None or _scale(word) is not None:
        yield word
        return
    for at in range(1, len(word)):
        for scale, money in ((word[:at], word[at:]), (word[at:], word[:at])):
            if _scale(scale) is not None and currency_codes(money) is not None:
                yield from (scale, money)
                return
    yield word


def _currencies(words: list[str]) -> list[str] | None:
    """Return the possible currency codes: an empty list for no words, None for unknown words."""
    joined = " ".join(words)
    if not words:
        return []
    for text in (joined, "".join(words)):
        codes = currency_codes(text)
        if codes is not None:
            return codes
    candidates = [currency_codes(word) for word in words]
    known = [set(codes) for codes in candidates if codes is not None]
    if len(known) != len(words):
        return None
    common = set.intersection(*known)
    return [code for code in candidates[0] or () if code in common] or None


def currency_codes(word: str) -> list[str] | None:
    """Return the possible ISO 4217 codes of a code, a sign or a name in lower case, or None."""
    if len(word) == len("EUR") and word.isascii() and is_currency(word.upper()):
        return [word.upper()]
    if word in _SIGNS:
        return [_SIGNS[word]]
    if word in _SHARED:
        return list(_SHARED[word])
    symbol = _codes_by_symbol().get(word)
    return [symbol] if symbol else _codes_by_name().get(comparison_key(word))


@cache
def _codes_by_symbol() -> dict[str, str]:
    """Return the currency codes by symbols of several signs: `$US` and `£GB` in French."""
    codes: dict[str, str] = {}
    for language in LANGUAGES:
        for code, symbol in Locale(language).currency_symbols.items():
            if len(symbol) > 1 and symbol.upper() != code:
                codes.setdefault(symbol.casefold(), code)
    return codes


@cache
def _codes_by_name() -> dict[str, list[str]]:
    """Return the currency codes by name, in the languages of the workbook."""
    names: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).currencies.items():
            if comparison_key(name) and code not in names.setdefault(comparison_key(name), []):
                names[comparison_key(name)].append(code)
    return names
