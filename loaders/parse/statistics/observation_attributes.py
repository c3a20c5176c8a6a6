"""Attributes of SDMX that change what a value says: its status and its confidentiality.

Code lists: `CL_OBS_STATUS` 2.0 and `CL_CONF_STATUS` 1.0 of the SDMX cross-domain code lists. Flags
after a number are those of Eurostat (`12.3 e`).
"""

import re
from typing import Final

from urbansdg.loaders.parse.statistics.sdmx_codes import code_in_words
from urbansdg.ontology.namespaces import PREFIXES

MISSING: Final = frozenset("HKLMOQ")
"""Statuses of an observation without a value of its own; `K` is counted in another category."""

_STATUSES: Final = frozenset("ABDEFGHIJKLMNOPQSUVW")
_LINKED: Final = frozenset("ABEFIMPS")
_CODE: Final = f"{PREFIXES['sdmx-code']}obsStatus-"
_URN: Final = "urn:sdmx:org.sdmx.infomodel.codelist.Code=SDMX:CL_OBS_STATUS(2.0)."
_FLAGGED: Final = re.compile(
    r"(?P<number>[+-]?[\d.,\s]*\d)\s*[(\[]?(?P<flags>[bcdefinpsuzr]{1,3})[)\]]?"
)
_FLAGS: Final = {"b": "B", "d": "D", "e": "E", "f": "F", "i": "I", "n": "N", "p": "P", "u": "U"}
_NO_VALUE: Final = {
    *(
        "",
        "-",
        "--",
        "\u2013",
        "\u2014",
        ".",
        "..",
        "...",
        "\u2026",
        ":",
        "x",
        "*",
        "na",
        "n/a",
        "n.a.",
        "n.a",
    ),
    *("nan", "#n/a", "null", "none", "nd", "n.d.", "n/d", "s/d", "k.a.", "\u2014"),
}


def status_code(text: str) -> str | None:
    """Return the code of a status: `E`, `E: Estimated value`, `estimated`; `A` if there is none.

    Returns None for a text that no list has.
    """
    bare = text.strip()
    code = bare.partition(":")[0].strip()
    if not bare or bare in {"_Z", "_N", "_X"}:
        return "A"
    if code in _STATUSES:
        return code
    return code_in_words("status", bare)


def status_iri(code: str) -> str:
    """Return the IRI of a status; codes that the RDF vocabulary lacks have their URN of SDMX."""
    return f"{_CODE if code in _LINKED else _URN}{code}"


def is_confidential(text: str) -> bool:
    """Return whether a confidentiality status forbids publication; an unknown one does."""
    bare = text.strip().partition(":")[0].strip().casefold()
    return bare not in {"", "f", "free", "_z", "_n", "public"}


def is_no_value(text: str) -> bool:
    """Return whether a cell says that there is no value: empty, `..`, `n/a`, `NaN`."""
    return text.strip().casefold() in _NO_VALUE or code_in_words("status", text) in MISSING


def split_flags(text: str) -> tuple[str, str]:
    """Return a number and the status of the flag after it: `12.3 e` gives `12.3` and `E`."""
    match = _FLAGGED.fullmatch(text.strip())
    codes = {_FLAGS.get(flag) for flag in match["flags"]} if match else set()
    code = codes.pop() if len(codes) == 1 else None
    return (match["number"].strip(), code) if match and code else (text, "")
