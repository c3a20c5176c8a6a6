"""The terms of the vocabularies of others that the data use: a term that they lack is a mistake.

Only a vocabulary whose terms are all known is listed; of every other one nothing is said.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from rdflib.namespace import (
    DCAT,
    DCTERMS,
    FOAF,
    GEO,
    ORG,
    OWL,
    PROV,
    QB,
    RDFS,
    SDO,
    SKOS,
    DefinedNamespace,
)

from urbansdg.ontology.namespaces import PREFIXES, SCHEMA_HTTPS

_OF_RDFLIB: Final[dict[str, type[DefinedNamespace]]] = {
    PREFIXES["dcterms"]: DCTERMS,
    PREFIXES["dcat"]: DCAT,
    PREFIXES["skos"]: SKOS,
    PREFIXES["foaf"]: FOAF,
    PREFIXES["org"]: ORG,
    PREFIXES["prov"]: PROV,
    PREFIXES["qb"]: QB,
    PREFIXES["gsp"]: GEO,
    PREFIXES["owl"]: OWL,
    PREFIXES["rdfs"]: RDFS,
    PREFIXES["schema"]: SDO,
}
"""Vocabularies whose terms rdflib lists. Its schema.org is of https, with the same terms."""

_LISTED: Final = {
    # WGS84 Geo Positioning (W3C, 2009).
    PREFIXES["geo"]: "SpatialThing TemporalThing Event Point lat long alt lat_long location",
    # Web Annotation Vocabulary (W3C Recommendation, 2017), sections 3 and 4.
    PREFIXES["oa"]: "Annotation Choice CssSelector CssStyle DataPositionSelector"
    " Direction FragmentSelector HttpRequestState Motivation PreferContainedDescriptions"
    " PreferContainedIRIs RangeSelector ResourceSelection Selector SpecificResource State Style"
    " SvgSelector TextPositionSelector TextQuoteSelector TextualBody TimeState XPathSelector"
    " annotationService assessing bodyValue bookmarking cachedSource canonical classifying"
    " commenting describing editing end exact hasBody hasEndSelector hasPurpose hasScope"
    " hasSelector hasSource hasStartSelector hasState hasTarget highlighting identifying linking"
    " ltrDirection moderating motivatedBy prefix processingLanguage questioning refinedBy"
    " renderedVia replying rights rtlDirection sourceDate sourceDateEnd sourceDateStart start"
    " styleClass styledBy suffix tagging textDirection via",
    # vCard Ontology (W3C Interest Group Note, 2014).
    PREFIXES["vcard"]: "Acquaintance Address Agent BBS Car Cell Child Colleague"
    " Contact Coresident Coworker Crush Date Dom Email Emergency Fax Female Friend Gender Group"
    " Home ISDN Individual Internet Intl Kin Kind Label Location Male Me Met Modem Msg Muse Name"
    " Neighbor None Organization Other PCS Pager Parcel Parent Postal Pref RelatedType Spouse"
    " Sibling Sweetheart Tel TelephoneType Text TextPhone Type Unknown VCard Video Voice Work X400"
    " additional-name adr agent anniversary bday category class country-name email"
    " extended-address family-name fn geo given-name hasAdditionalName hasAddress hasCalendarBusy"
    " hasCalendarLink hasCalendarRequest hasCategory hasCountryName hasEmail hasFN hasFamilyName"
    " hasGender hasGeo hasGivenName hasHonorificPrefix hasHonorificSuffix hasInstantMessage hasKey"
    " hasLanguage hasLocality hasLogo hasMember hasName hasNickname hasNote hasOrganizationName"
    " hasOrganizationUnit hasPhoto hasPostalCode hasRegion hasRelated hasRole hasSound hasSource"
    " hasStreetAddress hasTelephone hasTitle hasUID hasURL hasValue honorific-prefix"
    " honorific-suffix key label language latitude locality logo longitude mailer n nickname note"
    " org organization-name organization-unit photo post-office-box postal-code prodid region rev"
    " role sort-string sound street-address tel telephone title tz url value",
}
_ADDED: Final = {
    # DCAT 3 (W3C Recommendation, 2024), which rdflib's list is older than.
    PREFIXES["dcat"]: "DatasetSeries first hasCurrentVersion hasVersion inSeries"
    " isVersionOf last next nextVersion prev previousVersion resource version"
}


@cache
def _terms(namespace: str) -> frozenset[str]:
    listed = (*_LISTED.get(namespace, "").split(), *_ADDED.get(namespace, "").split())
    defined = _OF_RDFLIB.get(namespace)
    of_rdflib = () if defined is None else (str(term) for term in dir(defined))
    names = (name.rpartition("#")[2].rpartition("/")[2] for name in of_rdflib)
    return frozenset((*listed, *names))


def unknown_terms(iris: Iterable[str]) -> list[str]:
    """Return those of the IRIs that a listed vocabulary lacks, in their order.

    >>> unknown_terms(["http://purl.org/dc/terms/title", "http://purl.org/dc/terms/titel"])
    ['http://purl.org/dc/terms/titel']
    """
    # The data use http://schema.org/: no query finds a statement with the other namespace.
    return [iri for iri in iris if iri.startswith(SCHEMA_HTTPS) or _is_unknown(iri)]


def _is_unknown(iri: str) -> bool:
    end = max(iri.rfind("#"), iri.rfind("/")) + 1
    known = _terms(iri[:end])
    return bool(known) and iri[end:] not in known
