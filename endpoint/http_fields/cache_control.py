"""How long caches may keep a response: the values of Cache-Control (RFC 9111, section 5.2.2).

This is the one place that decides it. Every response that does not change within a version has an
entity tag too (`conditional_requests`), so that asking again costs little.
"""

from typing import Final

NO_STORE: Final = "no-store"
"""Problems, and answers that differ each time or were asked for by POST."""

NO_CACHE: Final = "no-cache"
"""What leads to the current version, and what the server itself is described by."""

REVALIDATE: Final = "public, max-age=0, must-revalidate"
"""Documents of the current version: the next one may say something else."""

OF_A_VERSION: Final = "public, max-age=86400, must-revalidate"
"""What is of one version.

A version stays as it is, except that the data of a person may have to be taken out of it
(`urbansdg.store.privacy.redaction`): nobody is to publish them for longer than a day after that.
"""


def kept_for(seconds: int, *, must_revalidate: bool = False) -> str:
    """Return the value for a response that caches may give for so many seconds without asking."""
    return f"public, max-age={seconds}" + (", must-revalidate" if must_revalidate else "")
