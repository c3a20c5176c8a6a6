"""The header fields Accept, Accept-Encoding and Accept-Language."""

import time

import pytest

from urbansdg.endpoint.http_fields.accept_fields import acceptable, codings, lookup

_TURTLE, _HTML, _JSON, _LD = "text/turtle", "text/html", "application/json", "application/ld+json"
_OFFERS = (_TURTLE, _HTML, _JSON, _LD)
_TAGS = ("en", "ko", "fr", "zh", "zh-Hant", "en-GB")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, [_TURTLE, _HTML, _JSON, _LD]),
        ("*/*", [_TURTLE, _HTML, _JSON, _LD]),
        ("TEXT/html;Q=0.5, application/*", [_JSON, _LD, _HTML]),
        ("*/*;q=0.9, text/html;q=0.1, text/turtle;q=0", [_JSON, _LD, _HTML]),
        ("*/*, text/*;q=0", [_JSON, _LD]),
        ("text/html;q=0.2,, ,application/json;q=0.30,", [_JSON, _HTML]),
        ('application/ld+json;profile="a, b;q=0"', []),
        ("text/html;level=1, text/html;q=0.4", [_HTML]),
        ("text/csv", []),
    ],
)
def test_media_types_are_ranked_by_the_most_specific_range(
    accept: str | None, expected: list[str]
) -> None:
    """The most specific range gives the weight; weight 0 excludes, equal weights keep the order."""
    assert [offer for offer, _ in acceptable(accept, _OFFERS)] == expected


@pytest.mark.parametrize(
    "accept",
    [
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",  # Java's HttpURLConnection
        "text/html;q=x",
        "text/html;q=2",
        "text/html;q",
        "text/html;;q=0.1",
        "application/ld+json;profile=http://www.w3.org/ns/json-ld#compacted",
        'text/html;a="',
    ],
)
def test_a_malformed_accept_takes_everything(accept: str) -> None:
    """A malformed Accept is ignored as a whole, so that it takes everything."""
    assert [offer for offer, _ in acceptable(accept, _OFFERS)] == list(_OFFERS)


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("gzip", ["gzip", "identity"]),
        ("br;q=0.5, GZIP", ["gzip", "identity", "br"]),
        ("*;q=0.3, br;q=0", ["gzip", "identity"]),
        ("identity;q=0, *", ["br", "gzip"]),
        ("*;q=0", []),
        ("x-gzip", ["identity"]),
        ("gzip;q=high", []),
        ("gzip;level=9", []),
    ],
)
def test_codings_are_ranked_and_identity_is_taken_unless_excluded(
    accept_encoding: str, expected: list[str]
) -> None:
    """Codings are ranked by weight; `identity` is taken unless the field excludes it."""
    assert list(codings(accept_encoding, ("br", "gzip", "identity"))) == expected


@pytest.mark.parametrize(
    ("accept_language", "expected"),
    [
        (None, None),
        ("", None),
        ("*", None),
        ("fr-CA, en;q=0.5", "fr"),
        ("en;q=0.5, KO", "ko"),
        ("zh-Hant-x-private", "zh-Hant"),
        ("zh-Hans", "zh"),
        ("en-gb", "en-GB"),
        ("en-GB-oed, en-GB;q=0", "en"),
        ("tlh, fr;q=0", None),
        ("en_US", None),
        ("ko, xx-;;q=", None),
    ],
)
def test_a_language_is_looked_up_by_rfc_4647(
    accept_language: str | None, expected: str | None
) -> None:
    """A range loses subtags until a tag is equal to it; weight 0 excludes that tag alone."""
    assert lookup(accept_language, _TAGS) == expected


@pytest.mark.parametrize(
    "field",
    [
        " " * 60_000,
        ", " * 30_000,
        "a/b;" + " " * 60_000,
        'a/b;c="' + "\\a" * 30_000,
        "a/b " * 15_000,
    ],
    ids=["blanks", "commas", "parameter", "quoted", "words"],
)
def test_the_longest_field_is_read_in_linear_time(field: str) -> None:
    """A field of 60 kB, however it is made, takes little processor time."""
    began = time.process_time()
    acceptable(field, _OFFERS)
    codings(field, ("gzip",))
    lookup(field, _TAGS)
    assert time.process_time() - began < 2
