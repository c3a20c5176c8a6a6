"""Recognition of persons and of their contact data: the one module that decides what counts.

Versions of the graph are immutable, so that a person cannot take back what was published. The gate
(`urbansdg.shapes.person_problems`) therefore refuses every statement that this module finds, and
`urbansdg.store.privacy` removes the same statements from versions that were made before. The threat
model, with what is not recognised, is in `docs/explanation/personal-data.md`.

A person is recognised by the data, not by one class: by the classes of persons and their
subclasses, by properties that only persons have and their sub-properties, and by a mailbox or a
telephone number on anything that is not an office. Patterns in text (`TEXT_PATTERNS`) are only
warned of, by the rule `personal-data-in-text`, whose query takes them from here.

What one named graph states never decides over the statements of another one: whoever may write to
one graph could otherwise remove a thing from all graphs by calling it a person. A `View` is
therefore one graph or, for the verdict of the gate, all of them.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from urllib.parse import urlsplit

import pyoxigraph as ox

from urbansdg.ontology.namespaces import (
    ACTIVITY_STREAMS,
    PREFIXES,
    RDF,
    RDFS,
    SCHEMA_HTTPS,
    USDG,
)
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

PersonNode = ox.NamedNode | ox.BlankNode
Graph = ox.NamedNode | ox.DefaultGraph

CODE: Final = "personal-data"
"""The start of the code of each problem, and the name of the trace."""

_SCHEMES: Final = "(?:mailto|tel|sms|sips?|xmpp|skype|callto):"
_VCARD: Final = PREFIXES["vcard"]
TRACE: Final = f"<(?<!<{_VCARD}hasEmail> <)(?<!<{_VCARD}hasTelephone> <)(?i:{_SCHEMES})"
"""What N-Triples have where a property of any name leads to a mailbox or a telephone.

The two properties of offices are left out: things that have them are looked up by these.
"""

_ADDRESS: Final = re.compile(_SCHEMES, re.IGNORECASE)
_MOST_WORDS: Final = 3
_FEW: Final = 500
"""With more changed things than these, all things are looked up by what shows a person."""


def _terms(prefix: str, names: str) -> frozenset[str]:
    """Return the IRIs of names in a namespace; those of schema.org in both of its namespaces."""
    spaces = [PREFIXES[prefix], *([SCHEMA_HTTPS] if prefix == "schema" else ())]
    return frozenset(f"{space}{name}" for space in spaces for name in names.split())


_FOAF_PERSON: Final = f"{PREFIXES['foaf']}Person"
_CARD: Final = f"{PREFIXES['vcard']}VCard"
_ANNOTATION: Final = f"{PREFIXES['oa']}Annotation"
_CLASSES: Final = frozenset(
    {
        *_terms("foaf", "Person"),
        *_terms("vcard", "Individual"),
        *_terms("schema", "Person Patient"),
        *_terms("prov", "Person"),
        ACTIVITY_STREAMS.Person,
        "http://www.w3.org/ns/person#Person",
        "http://www.w3.org/2000/10/swap/pim/contact#Person",
        "http://dbpedia.org/ontology/Person",
        "http://www.cidoc-crm.org/cidoc-crm/E21_Person",
        "http://www.wikidata.org/entity/Q5",
    }
)
"""The classes of persons in the vocabularies that data on cities use."""
_INSTANCE_OF: Final = "http://www.wikidata.org/prop/direct/P31"
_PROPERTIES: Final = frozenset(
    {
        *_terms("foaf", "firstName lastName givenName givenname familyName family_name surname"),
        *_terms("foaf", "nick title birthday age gender geekcode myersBriggs plan knows"),
        *_terms("foaf", "mbox_sha1sum schoolHomepage workplaceHomepage workInfoHomepage"),
        *_terms("vcard", "given-name family-name additional-name nickname bday anniversary"),
        *_terms("vcard", "honorific-prefix honorific-suffix hasGivenName hasFamilyName"),
        *_terms("vcard", "hasAdditionalName hasNickname hasHonorificPrefix hasHonorificSuffix"),
        *_terms("vcard", "n hasName hasGender"),
        *_terms("schema", "givenName familyName additionalName honorificPrefix honorificSuffix"),
        *_terms("schema", "birthDate birthPlace deathDate deathPlace gender nationality spouse"),
        *_terms("schema", "parent children sibling relatedTo knows homeLocation workLocation"),
        *_terms("schema", "jobTitle worksFor alumniOf"),
        "http://www.w3.org/ns/person#birthName",
        "http://www.w3.org/ns/person#patronymicName",
        "http://dbpedia.org/ontology/birthDate",
        "http://dbpedia.org/ontology/birthName",
    }
)
"""Properties that only persons have."""
CONTACTS: Final = frozenset(
    {
        *_terms("vcard", "hasEmail email hasTelephone tel hasInstantMessage"),
        *_terms("vcard", "homeTel mobileTel workTel personalTel unlabeledTel"),
        *_terms("vcard", "mobileEmail personalEmail workEmail unlabeledEmail"),
        *_terms("foaf", "mbox phone jabberID aimChatID icqChatID msnChatID yahooChatID skypeID"),
        *_terms("schema", "email telephone faxNumber"),
        "http://www.w3.org/2000/10/swap/pim/contact#mailbox",
        "http://data.europa.eu/m8g/email",
        "http://data.europa.eu/m8g/telephone",
        "http://rdfs.org/sioc/ns#email",
        "http://rdfs.org/sioc/ns#email_sha1",
    }
)
"""Properties that lead to whoever has them: allowed on offices only."""
_OFFICES: Final = frozenset(
    {
        *_terms("vcard", "Organization Group"),
        *_terms("org", "Organization FormalOrganization OrganizationalUnit"),
        *_terms("org", "OrganizationalCollaboration"),
        *_terms("foaf", "Organization"),
        *_terms("prov", "Organization"),
        *_terms("schema", "Organization GovernmentOrganization GovernmentOffice NGO"),
        *_terms("schema", "EducationalOrganization CollegeOrUniversity School Corporation"),
        *_terms("schema", "LocalBusiness MedicalOrganization Library ResearchOrganization"),
        ACTIVITY_STREAMS.Organization,
        USDG.CityNetwork,
    }
)
_OF_OFFICES: Final = frozenset(
    {
        *_terms("schema", "contactPoint email telephone"),
        *_terms("vcard", "hasEmail hasTelephone hasInstantMessage"),
        *_terms("foaf", "mbox phone"),
    }
)
"""Properties from an office to a node of its own that has the address."""
_AUTHORS: Final = frozenset(
    {
        *_terms("dcterms", "creator contributor"),
        *_terms("foaf", "maker"),
        *_terms("prov", "wasAttributedTo"),
        *_terms("schema", "author creator contributor"),
        ACTIVITY_STREAMS.actor,
        ACTIVITY_STREAMS.attributedTo,
        "http://purl.org/dc/elements/1.1/creator",
        *_terms("oa", "annotatedBy"),
    }
)
"""Properties that name the author of an opinion; ours gives the role only."""
CONSENT: Final = USDG.Consent
_CONSENT_TERMS: Final = frozenset(
    {USDG.consent, USDG.consentGiven, USDG.consentPurpose, USDG.consentUntil}
)
"""What ontology 0.3.0 had for persons."""
_ANYTHING: Final = frozenset(
    {
        *_terms("owl", "Thing NamedIndividual"),
        *_terms("rdfs", "Resource"),
        *_terms("foaf", "Agent"),
        *_terms("dcterms", "Agent"),
        *_terms("prov", "Agent"),
        *_terms("vcard", "Kind"),
        *_terms("schema", "Thing ContactPoint"),
    }
)
"""Classes that do not say what a thing is."""
_BUNDLED: Final = (*PREFIXES.values(), str(SCHEMA_HTTPS))
"""Vocabularies of which no data can say that a term of theirs is about persons."""

NAMES: Final = _terms("vcard", "fn") | _terms("foaf", "name") | _terms("schema", "name")
"""Properties that give the name of a person or an office."""
_HONORIFIC: Final = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Mme|Mlle|Sr|Sra|Srta|Herr|Frau)\b\.?\s+\S"
    r"|.+[(,]\s*(?:Mr|Mrs|Ms|Mme|Sr|Sra)\b"
    r"|[가-힣]{2,4}\s+(?:주무관|과장|팀장|국장|실장|사무관|서기관|주사|씨|님)$|.+(?:先生|女士)$)",
)
_FUNCTIONS: Final = (
    *("office", "department", "dept", "bureau", "team", "unit", "division", "section", "service"),
    *("services", "centre", "center", "desk", "agency", "authority", "secretariat", "council"),
    *("committee", "library", "hall", "city", "oficina", "departamento", "servicio"),
    *("institute", "foundation", "university", "school", "museum", "company", "association"),
    *("union", "forum", "network", "academy", "fund", "programme", "project", "helpline", "info"),
    *("streets", "parks", "transport", "traffic", "mobility", "climate", "environment", "energy"),
    *("water", "waste", "housing", "planning", "heritage", "health", "education", "safety"),
    *("buses", "cycling", "permits", "taxes", "archive", "archives", "statistics", "press"),
    *("secretaría", "equipo", "direction", "mairie", "secrétariat", "équipe", "amt", "stelle"),
)
_FUNCTION: Final = re.compile(rf"\b(?:{'|'.join(_FUNCTIONS)})\b|[과팀국실청부처]$", re.IGNORECASE)
"""Words that name a function, in the languages of the workbook and in German."""

_ON_CARDS: Final = frozenset({RDF.type, *_terms("vcard", "fn given-name")})
_WITHOUT_DATA: Final = frozenset({RDF.type, *_terms("foaf", "businessCard")})
_EXAMPLE_NAMES: Final = _WITHOUT_DATA | _terms("foaf", "givenName familyName")


@dataclass(frozen=True, slots=True)
class TextPattern:
    """A pattern of personal data in text: what it shows, and a regular expression.

    A text that also matches `unless` does not count. The expressions are in the common part of
    SPARQL 1.1 (XPath) and Python.
    """

    what: str
    pattern: str
    unless: str = ""


TEXT_PATTERNS: Final = (
    TextPattern(
        "an e-mail address",
        r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*[.][A-Za-z]{2,}",
    ),
    TextPattern(  # of the Republic of Korea: a birthday, and seven digits
        "an identity number",
        r"(^|[^0-9])[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])-?[1-8][0-9]{6}([^0-9]|$)",
    ),
    TextPattern(  # of the United States
        "an identity number", r"(^|[^0-9-])[0-9]{3}-[0-9]{2}-[0-9]{4}([^0-9-]|$)"
    ),
    TextPattern(  # Korean mobile numbers
        "a telephone number", r"(^|[^0-9])01[016789][- .]?[0-9]{3,4}[- .]?[0-9]{4}([^0-9]|$)"
    ),
    # With its country a number has ten digits or more (E.164); groups of zeros are a quantity.
    TextPattern(
        "a telephone number",
        r"[+][1-9]([- .()]{0,2}[0-9]){9,13}([^0-9]|$)",
        unless=r"[+][0-9]{1,3}([ .]000)+([^0-9]|$)",
    ),
    TextPattern(  # French numbers, in pairs
        "a telephone number", r"(^|[^0-9])0[1-9]([ .-][0-9]{2}){4}([^0-9]|$)"
    ),
    TextPattern(  # of China: a region, a birthday, and four digits
        "an identity number",
        r"(^|[^0-9])[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
        r"[0-9]{3}[0-9X]([^0-9]|$)",
    ),
    TextPattern(  # American numbers
        "a telephone number",
        r"(^|[^0-9])[(]?[2-9][0-9]{2}[)]?[- .][0-9]{3}[- .][0-9]{4}([^0-9]|$)",
    ),
)
"""Patterns of personal data in text, the first that matches counts. Names have no pattern."""

TEXT_TRACE: Final = (
    r"[@+0-9](?:(?<=[A-Za-z0-9._%+-]@)[A-Za-z0-9-]+[.]|(?<=[0-9])(?:[0-9]{5}-?[1-8][0-9]{6}"
    r"|[0-9]{2}-[0-9]{2}-[0-9]{4}|(?<=0)1[016789][- .]?[0-9]{3,4}[- .]?[0-9]{4}"
    r"|(?<=[2-9])[0-9]{2}[)]?[- .][0-9]{3}[- .][0-9]{4}|(?<=0)[1-9](?:[ .-][0-9]{2}){4}"
    r"|[0-9]{16}[0-9X])|(?<=[+])[1-9][-0-9 ().]{7})"
)
"""What the bytes of a literal in N-Triples have where a text pattern matches, and rarely else.

`tests/shapes/test_traces.py` proves that no match is without it.
"""


def personal_data_in_text(text: str) -> str | None:
    """Return what a text seems to hold of a person, such as "an e-mail address", else None."""
    for known in TEXT_PATTERNS:
        excepted = known.unless and re.search(known.unless, text)
        if re.search(known.pattern, text) and not excepted:
            return known.what
    return None


class PersonSign(StrEnum):
    """What shows a person, or contact data that are not those of an office."""

    CLASS = "person"
    PROPERTY = "property"
    ADDRESS = "address"
    AUTHOR = "author"
    NAME = "name"
    CONSENT = "consent"
    CARD = "card"
    """A person without a full name and without contact data: a warning only."""


@dataclass(frozen=True, slots=True)
class View:
    """The statements of one graph of a state, or of all graphs where `graph` is None."""

    state: RdfDataset
    graph: Graph | None = None

    def match(
        self,
        subject: PersonNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: ox.NamedNode | ox.BlankNode | ox.Literal | None = None,
    ) -> Iterator[ox.Quad]:
        """Return the statements that match a pattern; None matches every term."""
        return self.state.quads_for_pattern(subject, predicate, value, self.graph)


def views_of(state: RdfDataset) -> tuple[View, ...]:
    """Return a view of each graph."""
    named = (name for name in state.named_graphs() if isinstance(name, ox.NamedNode))
    return (View(state, ox.DefaultGraph()), *(View(state, name) for name in named))


@dataclass(frozen=True, slots=True)
class PersonTerms:
    """The classes and properties that show persons, with those below them that data declare.

    `declared` are the terms that the data put below ours. What the data say of the terms of known
    vocabularies counts for nothing: one statement could otherwise make every policy a person.
    """

    classes: frozenset[str]
    properties: frozenset[str]
    contacts: frozenset[str]
    offices: frozenset[str]
    declared: frozenset[str]

    @classmethod
    def of(cls, view: View) -> Self:
        """Return the terms that show persons in a view."""
        classes = _below(view, _CLASSES, "subClassOf", "equivalentClass")
        properties = _below(view, _PROPERTIES, "subPropertyOf", "equivalentProperty")
        contacts = _below(view, CONTACTS, "subPropertyOf", "equivalentProperty")
        offices = _below(view, _OFFICES, "subClassOf", "equivalentClass")
        declared = (classes - _CLASSES) | (properties - _PROPERTIES) | (contacts - CONTACTS)
        return cls(classes, properties, contacts, offices - classes, declared)


def _below(view: View, known_terms: frozenset[str], below: str, same: str) -> frozenset[str]:
    """Return terms with all that a view puts below them, or calls equivalent to them."""
    known, pending = set(known_terms), list(known_terms)
    downwards = (ox.NamedNode(RDFS[below]), ox.NamedNode(PREFIXES["owl"] + same))
    while pending:
        term = ox.NamedNode(pending.pop())
        lower = (quad.subject for path in downwards for quad in view.match(None, path, term))
        equals = (quad.object for quad in view.match(term, downwards[-1]))
        for node in (*lower, *equals):
            if not isinstance(node, ox.NamedNode) or node.value in known:
                continue
            if not node.value.startswith(_BUNDLED):
                known.add(node.value)
                pending.append(node.value)
    return frozenset(known)


@dataclass(frozen=True, slots=True)
class PersonFinding:
    """A thing that shows a person: the sign, the term that shows it, and the statements.

    `whole` is whether the thing is a person; of anything else only the statements are about one.
    """

    node: PersonNode
    sign: PersonSign
    term: str
    quads: frozenset[ox.Quad]
    whole: bool


def findings(
    view: View,
    terms: PersonTerms,
    among: Collection[PersonNode] | None = None,
    suspects: Collection[PersonNode] | None = None,
) -> dict[PersonNode, PersonFinding]:
    """Return what shows a person in a view, one finding for each thing.

    `among` restricts the things. `suspects` are the things to which a property of any name may give
    an address; where they are None, every statement is read.
    """
    nodes = among
    if among is None or len(among) > _FEW:
        nodes = candidates(view, terms)
        nodes |= with_addresses(view) if suspects is None else set(suspects)
        if among is not None:
            nodes &= set(among)
    results = (_finding(view, terms, node) for node in nodes or ())
    return {finding.node: finding for finding in results if finding}


def candidates(view: View, terms: PersonTerms) -> set[PersonNode]:
    """Return the things that have a class or a property which may show a person."""
    classes = (*terms.classes, CONSENT)
    paths = terms.properties | terms.contacts | _CONSENT_TERMS | _AUTHORS
    quads = [
        quad
        for path in (RDF.type, _INSTANCE_OF)
        for name in classes
        for quad in view.match(None, ox.NamedNode(path), ox.NamedNode(name))
    ]
    quads += [quad for path in paths for quad in view.match(None, ox.NamedNode(path))]
    return {quad.subject for quad in quads if isinstance(quad.subject, PersonNode)}


def with_addresses(view: View, among: Collection[PersonNode] | None = None) -> set[PersonNode]:
    """Return the things with an address as the value of any property, and addresses described.

    With `among`, only these things are read, else every statement.
    """
    if among is not None:
        return {
            node
            for node in among
            if any(map(_is_address, (node, *[quad.object for quad in view.match(node)])))
        }
    inner = "?node ?path ?value"
    if isinstance(view.graph, ox.NamedNode):
        inner = f"GRAPH {view.graph} {{ {inner} }}"
    pattern = f"^{_SCHEMES}".replace("(?:", "(")
    results = view.state.query(
        f"SELECT DISTINCT ?node {{ {inner} FILTER((isIRI(?value) &&"
        f' REGEX(STR(?value), "{pattern}", "i")) || REGEX(STR(?node), "{pattern}", "i")) }}',
        use_default_graph_as_union=True,
    )
    if not isinstance(results, ox.QuerySolutions):
        raise TypeError("expected a SELECT query")
    # Serialising evaluates the query without the GIL, which iterating would hold.
    form = ox.QueryResultsFormat.JSON
    rows = ox.parse_query_results(results.serialize(format=form) or b"", format=form)
    solutions = rows if isinstance(rows, ox.QuerySolutions) else ()
    return {row["node"] for row in solutions if isinstance(row["node"], PersonNode)}


def _finding(view: View, terms: PersonTerms, node: PersonNode) -> PersonFinding | None:
    """Return what shows a person in a thing, the strongest sign first."""
    quads = list(view.match(node))
    kinds = _kinds(view, node)
    untyped = kinds <= _ANYTHING
    classes = [quad for quad in quads if quad.predicate.value in _CLASS_TERMS]
    if signs := [quad for quad in classes if _names_person(quad.object, terms)]:
        mere = _is_without_data(node, kinds, quads)
        term = min(quad.object.value for quad in signs if isinstance(quad.object, ox.NamedNode))
        sign = PersonSign.CARD if mere else PersonSign.CLASS
        return PersonFinding(node, sign, term, frozenset(quads), whole=True)
    if signs := [quad for quad in quads if quad.predicate.value in terms.properties]:
        sign = PersonSign.CARD if _is_bare_card(kinds, quads) else PersonSign.PROPERTY
        whole = untyped or _CARD in kinds
        return PersonFinding(node, sign, _first(signs), frozenset(signs), whole=whole)
    finding = _address(view, terms, node, quads, whole=untyped)
    if finding is None and (
        signs := [
            quad
            for quad in quads
            if quad.predicate.value in _CONSENT_TERMS
            or (quad.predicate.value == _TYPE and quad.object == _CONSENT)
        ]
    ):
        is_consent = CONSENT in kinds
        term = CONSENT if is_consent else _first(signs)
        return PersonFinding(
            node, PersonSign.CONSENT, term, frozenset(signs), whole=is_consent or untyped
        )
    if finding is None and _ANNOTATION in kinds:
        signs = list(_named_authors(view, terms, quads))
        if signs:
            return PersonFinding(
                node, PersonSign.AUTHOR, _first(signs), frozenset(signs), whole=False
            )
    return finding


def _address(
    view: View, terms: PersonTerms, node: PersonNode, quads: list[ox.Quad], *, whole: bool
) -> PersonFinding | None:
    """Return the addresses of a thing that is not an office, or is named as a person is.

    Anything may lead to the mailbox of an office by a property of another name.
    """
    owned = [quad for quad in quads if quad.predicate.value in terms.contacts]
    linked = [
        quad
        for quad in quads
        if quad.predicate.value not in terms.contacts
        and isinstance(quad.object, ox.NamedNode)
        and _ADDRESS.match(quad.object.value)
        and not _is_office(view, terms, quad.object)
    ]
    described = quads if _is_address(node) else []
    signs = [*owned, *linked] or described
    if not signs:
        return None
    if not _is_office(view, terms, node):
        whole = whole and bool(owned or described)
        return PersonFinding(node, PersonSign.ADDRESS, _first(signs), frozenset(signs), whole=whole)
    named = [quad for quad in quads if quad.predicate.value in NAMES]
    if any(_is_name_of_person(quad.object, signs) for quad in named):
        return PersonFinding(node, PersonSign.NAME, _first(named), frozenset(quads), whole=True)
    return None


def _is_name_of_person(name: object, addresses: Iterable[ox.Quad]) -> bool:
    """Return whether a name has an honorific, or a mailbox is made of its two or three words."""
    if not isinstance(name, ox.Literal) or _FUNCTION.search(name.value):
        return False
    if _HONORIFIC.match(name.value):
        return True
    words = set(re.findall(r"\w+", name.value.casefold()))
    for quad in addresses:
        value = quad.object
        text = value.value if isinstance(value, ox.NamedNode | ox.Literal) else ""
        local = _ADDRESS.sub("", text.casefold()).partition("@")[0]
        parts = re.split(r"[._-]", local)
        if 1 < len(parts) <= len(words) <= _MOST_WORDS and words.issuperset(parts):
            return True
    return False


_TYPE: Final = RDF.type
_CLASS_TERMS: Final = {_TYPE, _INSTANCE_OF}
_CONSENT: Final = ox.NamedNode(CONSENT)


def _names_person(kind: object, terms: PersonTerms) -> bool:
    """Return whether a class is one of persons."""
    return isinstance(kind, ox.NamedNode) and kind.value in terms.classes


def _first(quads: Iterable[ox.Quad]) -> str:
    return min(quad.predicate.value for quad in quads)


def _kinds(view: View, node: PersonNode) -> set[str]:
    """Return the classes of a thing in any graph: an office may be typed in another one."""
    typed = view.state.quads_for_pattern(node, ox.NamedNode(RDF.type), None)
    return {quad.object.value for quad in typed if isinstance(quad.object, ox.NamedNode)}


def is_unclaimed(state: RdfDataset, terms: PersonTerms, node: PersonNode) -> bool:
    """Return whether no graph says that a person is something else, such as a city."""
    return _kinds(View(state), node) <= terms.classes | _ANYTHING | {_CARD, CONSENT}


def _is_address(node: object) -> bool:
    return isinstance(node, ox.NamedNode) and bool(_ADDRESS.match(node.value))


def _is_office(view: View, terms: PersonTerms, node: object) -> bool:
    """Return whether a node is an office, or the address of an office."""
    if not isinstance(node, PersonNode):
        return False
    if has_class_of_offices(view, terms, node):
        return True
    owners = (
        quad.subject
        for path in _OF_OFFICES
        for quad in view.state.quads_for_pattern(None, ox.NamedNode(path), node, None)
    )
    return any(
        has_class_of_offices(view, terms, owner)
        for owner in owners
        if isinstance(owner, PersonNode)
    )


def has_class_of_offices(view: View, terms: PersonTerms, node: PersonNode) -> bool:
    """Return whether any graph says that a thing is an office or another organisation."""
    return not _kinds(view, node).isdisjoint(terms.offices)


def _named_authors(view: View, terms: PersonTerms, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield the statements that name an author who is not an organisation of the graph."""
    for quad in quads:
        if quad.predicate.value in _AUTHORS:
            author = quad.object
            known = isinstance(author, ox.NamedNode) and _is_office(view, terms, author)
            if not known:
                yield quad


def _is_without_data(node: PersonNode, kinds: Collection[str], quads: Iterable[ox.Quad]) -> bool:
    """Return whether a person has neither a name nor contact data, or is an example of a standard.

    The tests of the Graph Store Protocol by the W3C put such persons, and the endpoint has to pass
    them: a `foaf:Person` with a card, and parts of a name on an IRI of the reserved top-level
    domain `.example` (RFC 2606).
    """
    if set(kinds) != {_FOAF_PERSON}:
        return False
    paths = {quad.predicate.value for quad in quads}
    mere = paths <= _WITHOUT_DATA or (paths <= _EXAMPLE_NAMES and _is_example(node))
    return mere and paths >= _WITHOUT_DATA


def _is_bare_card(kinds: Collection[str], quads: Iterable[ox.Quad]) -> bool:
    """Return whether a thing is a card with a name and nothing else, as in the same tests."""
    return set(kinds) == {_CARD} and {quad.predicate.value for quad in quads} <= _ON_CARDS


def _is_example(node: PersonNode) -> bool:
    try:
        host = urlsplit(node.value).hostname if isinstance(node, ox.NamedNode) else None
    except ValueError:  # a host in brackets that is not an IPv6 address
        host = None
    return host is not None and host.endswith(".example")
