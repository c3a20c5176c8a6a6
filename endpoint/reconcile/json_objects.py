"""The JSON of clients of the reconciliation service: bounded, and without surprises (RFC 8259).

Python's parser takes `NaN`, keeps the last of two members of one name, and gives up on deep nesting
with its own error; lone surrogates cannot be written back as UTF-8. Here each of these is refused.
"""

import json
from typing import Any, Final

from urbansdg.endpoint.web.problem_details import Fault, fault

JsonMembers = dict[str, Any]

_DIGITS: Final = 400
"""The most digits of a number: more are no value of a table, and take quadratic time to read."""


def json_object(text: str, name: str) -> JsonMembers:
    """Return the object that a parameter holds; raises `Fault` (400) for anything else."""
    try:
        text.encode()
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_no_constant,
            parse_int=_integer,
        )
        json.dumps(value, ensure_ascii=False).encode()  # an escape may be half of a character
    except RecursionError:
        raise _invalid(name, "It is nested too deeply.") from None
    except UnicodeEncodeError:
        raise _invalid(name, "It has half of a surrogate pair.") from None
    except ValueError as error:
        raise _invalid(name, f"{error}.") from None
    if not isinstance(value, dict):
        raise _invalid(name, "It is not an object.")
    return value


def _members(pairs: list[tuple[str, Any]]) -> JsonMembers:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("An object has two members of one name")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"A number has more than {_DIGITS} digits")
    return int(text)


def _invalid(name: str, reason: str) -> Fault:
    return fault(
        400, f"Invalid JSON in `{name}`: {reason}", f"Send {name}= with one JSON object in UTF-8."
    )
