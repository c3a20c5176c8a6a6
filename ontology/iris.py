"""The IRIs of an installation; no other module creates them.

IRIs are deterministic: the same keys give the same IRI, so loading a file twice changes nothing.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote, unquote

from urbansdg.ontology.kinds_of_things import CITY, COUNTRY, INDICATOR, ORGANISATION, POLICY
from urbansdg.ontology.namespaces import PREFIXES, PROJECT, SDG, UNBIS, VOCAB

_GEONAMES = "https://sws.geonames.org/"
_WIKIDATA = "http://www.wikidata.org/entity/"
_EUROVOC = "http://eurovoc.europa.eu/"
_UN_AREA = f"{SDG}codes/geoArea/"
_M49_DIGITS = 3
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
FICTITIOUS = "example-"
"""The prefix of the keys of invented things: the example city and all that belongs to it."""
_FICTITIOUS = re.compile(rf"/id/[a-z-]+/{FICTITIOUS}")
_PLANES = "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14))
_FOREIGN = re.compile(
    r"[^A-Za-z0-9._~!$&'()*+,;=:@\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    rf"{_PLANES}\U000e1000-\U000efffd-]"
)
"""Characters that are not allowed in a path segment of an IRI (RFC 3987, 2.2). In other scripts
these are all but letters and signs, for example the replacement character (U+FFFD).
"""


def slug(text: str) -> str:
    """Return the text in lower case letters, digits and single hyphens: `Plan Vélo` -> `plan-velo`.

    Letters of other scripts are kept, because IRIs allow them; diacritics of Latin letters are
    removed.
    """
    if _SLUG.fullmatch(text):  # the usual case, as most texts are keys in tables
        return text
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", bare)).strip("-")


@dataclass(frozen=True, slots=True)
class Iris:
    """The IRIs below a base URI (without a final slash)."""

    base: str

    def thing(self, kind: str, key: str) -> str:
        """Return `<base>/id/<kind>/<key>`, with the key percent-encoded as RFC 3987 requires."""
        return f"{self.base}/id/{kind}/{_segment(key)}"

    def city(self, key: str) -> str:
        """Return the IRI of a city; `key` is its GeoNames id if it has one."""
        return self.thing(CITY.name, key)

    def country(self, alpha3: str) -> str:
        """Return the IRI of a country by its ISO 3166-1 alpha-3 code."""
        return self.thing(COUNTRY.name, alpha3.upper())

    def region(self, code: str) -> str:
        """Return the IRI of a subdivision of a country by its ISO 3166-2 code."""
        return self.thing("region", code.upper())

    def area(self, m49: str) -> str:
        """Return the IRI of an area of the UN's M49 standard by its three digits."""
        return self.thing("area", m49.zfill(_M49_DIGITS))

    def city_area(self, key: str) -> str:
        """Return the IRI of a part of a city; `key` is that of the city, a hyphen and its name."""
        return self.thing("city-area", key)

    def policy(self, city_key: str, policy_slug: str) -> str:
        """Return the IRI of a policy of a city."""
        return self.thing(POLICY.name, f"{city_key}-{policy_slug}")

    def organisation(self, key: str) -> str:
        """Return the IRI of an organisation."""
        return self.thing(ORGANISATION.name, key)

    def indicator(self, key: str) -> str:
        """Return the IRI of a city's own indicator."""
        return self.thing(INDICATOR.name, key)

    def dataset(self, key: str) -> str:
        """Return the IRI of a data set of observations."""
        return self.thing("dataset", key)

    def observation(
        self, dataset: str, place: str, indicator: str, year: str, *breakdown: str
    ) -> str:
        """Return the IRI of a data set's observation for a place, an indicator and a year.

        `breakdown` are the values of further dimensions that are not a total.
        """
        keys = (dataset, place, indicator, year, *(slug(code) for code in breakdown))
        return self.thing("observation", "-".join(keys))

    def graph(self, source: str) -> str:
        """Return the IRI of the named graph of a source."""
        return f"{self.base}/graph/{_segment(source)}"

    @property
    def default_graph(self) -> str:
        """The named graph of what clients write to the default graph.

        The default graph of a query is the merge of all graphs, so that it cannot be written to.
        """
        return self.graph("default")

    def version(self, number: int) -> str:
        """Return the IRI of a version of the graph."""
        return self.thing("version", str(number))

    def at(self, path: str) -> str:
        """Return the IRI for a percent-encoded request path.

        Raises `ValueError` if the octets of a segment are not UTF-8.
        """
        segments = (unquote(segment, errors="strict") for segment in path.split("/"))
        return self.base + "/".join(_segment(segment) for segment in segments)

    def canonical(self, iri: str) -> str:
        """Return the IRI that a thing of the bundled data has in all installations."""
        return f"{PROJECT}{iri.removeprefix(f'{self.base}/')}"

    def document(self, iri: str) -> str | None:
        """Return the document about one of our things, or None for any other IRI."""
        prefix = f"{self.base}/id/"
        return f"{self.base}/doc/{iri.removeprefix(prefix)}" if iri.startswith(prefix) else None


def is_fictitious(iri: str) -> bool:
    """Return whether the key in an IRI, or that of the thing that it is a part of, is invented."""
    return f"/{FICTITIOUS}" in iri and _FICTITIOUS.search(iri) is not None


def part(whole: str, kind: str, key: str | None = None) -> str:
    """Return the IRI of a named part: `<policy>/budget/total`, `<city>/geometry`."""
    return f"{whole}/{kind}" if key is None else f"{whole}/{kind}/{_segment(key)}"


def concept(scheme: str, name: str) -> str:
    """Return the IRI of a concept of one of our schemes: `.../vocab/status#adopted`."""
    return f"{VOCAB}{scheme}#{_segment(name)}"


def sdg(code: str) -> str:
    """Return the UN's IRI of a goal (`11`), target (`11.2`) or indicator (`C110201`)."""
    return f"{SDG}{_segment(code)}"


def sex(code: str) -> str:
    """Return the SDMX code list's IRI of a sex (`F`, `M`), or of the total (`_T`)."""
    return f"{PREFIXES['sdmx-code']}sex-{code.removeprefix('_')}"


def geonames(identifier: str) -> str:
    """Return GeoNames' IRI of a feature, with the final slash as in its RDF."""
    return f"{_GEONAMES}{_segment(identifier)}/"


def wikidata(qid: str) -> str:
    """Return Wikidata's IRI of an entity, not of its page."""
    return f"{_WIKIDATA}{_segment(qid)}"


def eurovoc(identifier: str) -> str:
    """Return the IRI of a concept of EuroVoc."""
    return f"{_EUROVOC}{_segment(identifier)}"


def unbis(identifier: str) -> str:
    """Return the IRI of a concept of the UNBIS Thesaurus."""
    return f"{UNBIS}{_segment(identifier)}"


def un_area(m49: str) -> str:
    """Return the UN's own IRI of an M49 area or country."""
    return f"{_UN_AREA}{m49.zfill(_M49_DIGITS)}"


def _segment(text: str) -> str:
    """Percent-encode what RFC 3986, 3.3 does not allow in a path segment, except letters."""
    return _FOREIGN.sub(lambda match: quote(match[0], safe=""), text)
