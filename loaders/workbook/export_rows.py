"""Export from the graph to the workbook: the data of a city as rows of its sheets.

The rows of a sheet are the things of one kind that belong to the city or its policies; each column
is a property. A test checks the round trip: a workbook that is read, written and read again gives
the same triples.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from urbansdg.errors import Place
from urbansdg.loaders.cells.amounts import Amount, amount
from urbansdg.loaders.parse.facts import LISTED, Cell
from urbansdg.loaders.tables.field_mapping import node
from urbansdg.loaders.workbook.template_workbook import SheetValues
from urbansdg.loaders.workbook.workbook_layout import SheetLayout, WorkbookLayout
from urbansdg.ontology.graph_precedence import outranked
from urbansdg.ontology.iris import Iris
from urbansdg.ontology.rdf.rdf_dataset import RdfDataset

ExportNode = ox.NamedNode
ExportRows = Iterator[dict[str, str]]
_CHOICES: Final = {
    "schema:ImageObject": "image", "schema:VideoObject": "video",
    "schema:DigitalDocument": "document", "usdg:CooperationOffer": "offer",
    "usdg:CooperationRequest": "request",
}  # fmt: skip
_PARTS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "budgets": ("usdg:budget", {
        "amount": "usdg:amount", "currency": "usdg:currency", "kind": "usdg:budgetKind",
        "stage": "usdg:budgetStage", "coverage": "usdg:budgetCoverage",
        "cost_type": "usdg:costType", "part_of": "dcterms:isPartOf",
        "year": "usdg:year", "price_year": "usdg:priceYear", "funding": "usdg:fundingSource",
        "funding_kind": "usdg:fundingKind", "source": "dcterms:source",
    }),
    "staff": ("usdg:staffing", {
        "role": "usdg:staffRole", "posts": "usdg:fullTimeEquivalents", "people": "usdg:headcount",
        "year": "usdg:year", "source": "dcterms:source",
    }),
    "stakeholders": ("usdg:stakeholder", {
        "organisation": "usdg:organisation", "role": "usdg:role",
    }),
    "obstacles": ("usdg:obstacle", {
        "description": "dcterms:description", "kind": "usdg:obstacleKind",
    }),
    "targets": ("usdg:claim", {
        "target": "usdg:target", "kind": "usdg:claimKind", "strength": "usdg:claimStrength",
        "claimant": "usdg:claimant", "evidence": "usdg:evidence", "source": "dcterms:source",
        "date": "dcterms:date",
    }),
    "phases": ("usdg:phase", {
        "title": "dcterms:title", "kind": "usdg:periodKind", "start": "dcat:startDate",
        "end": "dcat:endDate",
    }),
    "outcomes": ("usdg:outcome", {
        "description": "dcterms:description", "effect": "usdg:effectSize",
        "effect_unit": "usdg:unit", "source": "dcterms:source",
    }),
    "transfers": ("usdg:transfer", {
        "city": "usdg:originCity", "origin": "usdg:origin", "changed": "usdg:whatChanged",
        "outcome": "usdg:transferOutcome", "date": "dcterms:date", "source": "dcterms:source",
    }),
}  # fmt: skip
_POLICY: Final = {
    "title": "dcterms:title", "partners": "usdg:partnerCity",
    "areas": "usdg:implementedIn", "summary": "dcterms:abstract",
    "philosophy": "usdg:philosophy", "concept": "usdg:concept", "objective": "usdg:objective",
    "theme": "usdg:theme", "type": "usdg:policyType", "status": "usdg:status",
    "instrument": "usdg:instrument", "groups": "usdg:populationGroup",
    "programme": "usdg:programme", "succeeds": "usdg:succeeds", "results": "usdg:results",
    "lessons": "usdg:lessons",
    "conditions": "usdg:transferCondition", "legal_basis": "usdg:legalBasis",
    "goals": "usdg:addressesGoal", "source": "dcterms:source",
}  # fmt: skip
_MEDIUM: Final = {
    "kind": "rdf:type", "address": "schema:contentUrl", "title": "dcterms:title",
    "alternative": "usdg:alternativeText", "licence": "dcterms:license",
    "language": "schema:inLanguage", "duration": "schema:duration", "seen": "usdg:lastSeen",
}  # fmt: skip
_CONTACT: Final = {
    "name": "vcard:fn", "page": "vcard:hasURL", "form": "usdg:contactForm",
    "mailbox": "vcard:hasEmail", "telephone": "vcard:hasTelephone", "source": "dcterms:source",
}  # fmt: skip
_COOPERATION: Final = {
    "title": "dcterms:title", "kind": "rdf:type", "description": "dcterms:description",
    "theme": "usdg:theme", "targets": "usdg:concernsTarget", "opened": "dcterms:issued",
    "until": "usdg:openUntil", "contact": "usdg:contact",
}  # fmt: skip
_OPINION: Final = {
    "motivation": "oa:motivatedBy", "role": "usdg:authorRole", "rating": "usdg:rating",
    "date": "dcterms:created", "state": "usdg:moderationState",
}  # fmt: skip
_OF_ONE_SOURCE: Final = {"skos:prefLabel", "geo:lat", "geo:long"}
"""The properties of which the workbook has the values of the preferred source."""

_CITY: Final = {
    "region": "usdg:region", "unlocode": "usdg:unLocode", "latitude": "geo:lat",
    "longitude": "geo:long", "homepage": "foaf:homepage",
}  # fmt: skip


def export_city(
    store: RdfDataset, iris: Iris, city: str, layout: WorkbookLayout, language: str
) -> SheetValues:
    """Return the data of a city as rows of the sheets, in a language."""
    return _Graph(store, iris, language).rows(iris.city(city), layout)


@dataclass(frozen=True, slots=True)
class _Graph:
    """A version of the graph, as the workbook shows it."""

    store: RdfDataset
    iris: Iris
    language: str

    def rows(self, city: str, layout: WorkbookLayout) -> SheetValues:
        ways: dict[str, Callable[[str, SheetLayout], ExportRows]] = {
            "city": self._city, "policies": self._policies, "media": self._media,
            "contacts": self._contacts, "cooperation": self._cooperation,
            "opinions": self._opinions,
        }  # fmt: skip
        return {
            form.name: sorted(ways.get(form.name, self._parts)(city, form), key=_order)
            for form in layout.forms
        }

    def _city(self, city: str, _form: SheetLayout) -> ExportRows:
        country = self._one(city, "usdg:country").rpartition("/")[2]
        links = [link.value for link in self._objects(city, "schema:sameAs")]
        population = self._latest(city)
        yield {
            "key": _last(city),
            "name": self._label(city),
            "country": country,
            "language": self.language,
            "geonames": next((_last(link) for link in links if "geonames.org" in link), ""),
            "wikidata": next((_last(link) for link in links if "wikidata.org" in link), ""),
            **self._columns(city, _CITY),
            "population": self._one(population, "sdmx-measure:obsValue"),
            "population_year": self._one(population, "sdmx-dimension:refPeriod"),
            "population_area": self._area_kind(population),
            "population_boundary": self._one(population, "usdg:boundaryYear"),
            "population_source": self._one(population, "dcterms:source"),
            **self._statements(city),
        }

    def _area_kind(self, population: str) -> str:
        kind = self._one(population, "usdg:areaKind").rpartition("#")[2]
        return "" if kind == "unspecified" else kind

    def _latest(self, city: str) -> str:
        populations = [population.value for population in self._objects(city, "usdg:population")]
        return max(
            populations,
            key=lambda population: self._one(population, "sdmx-dimension:refPeriod"),
            default="urn:none",
        )

    def _statements(self, city: str) -> dict[str, str]:
        fields: dict[str, str] = {}
        for statement in self._objects(city, "usdg:statement"):
            kind = self._one(statement.value, "usdg:statementKind").partition("#")[2]
            fields[kind] = self._one(statement.value, "dcterms:description")
            fields["statement_date"] = self._one(statement.value, "dcterms:date")
            fields["statement_source"] = self._one(statement.value, "dcterms:source")
        return fields

    def _policies(self, city: str, _form: SheetLayout) -> ExportRows:
        for policy in self._of(city):
            claims = [claim.value for claim in self._objects(policy, "usdg:claim")]
            targets = {_last(self._one(claim, "usdg:target")) for claim in claims}
            columns = self._columns(policy, _POLICY)
            implied = {target.partition(".")[0] for target in targets}
            implied |= {_last(self._one(claim, "usdg:goal")) for claim in claims}
            goals = [goal for goal in columns["goals"].split(LISTED) if goal not in implied]
            yield {
                "slug": _short(policy, city),
                **columns,
                "goals": LISTED.join(goals).replace(LISTED, "; "),
                **self._periods(policy),
            }

    def _periods(self, policy: str) -> dict[str, str]:
        fields: dict[str, str] = {}
        for period in self._objects(policy, "usdg:implementationPeriod"):
            kind = self._one(period.value, "usdg:periodKind").partition("#")[2]
            fields[f"{kind}_start"] = self._one(period.value, "dcat:startDate")
            fields[f"{kind}_end"] = self._one(period.value, "dcat:endDate")
        return fields

    def _parts(self, city: str, form: SheetLayout) -> ExportRows:
        link, columns = _PARTS[form.name]
        for policy in self._of(city):
            for part in self._objects(policy, link):
                row = {"policy": _short(policy, city), "key": _last(part.value)}
                row |= self._columns(part.value, columns)
                yield row | self._further(form.name, part.value, row)

    def _further(self, sheet: str, part: str, row: Mapping[str, str]) -> dict[str, str]:
        if sheet == "budgets":
            return self._amount(part, row)
        if sheet == "obstacles":
            return self._plan(part)
        if sheet == "outcomes":
            return self._observation_cells(part)
        if sheet == "targets":
            return self._claim(part, row)
        return {}

    def _claim(self, claim: str, row: Mapping[str, str]) -> dict[str, str]:
        """Return the goal of a claim without a target, and no claimant where it is the city."""
        fields = {"target": row["target"] or _last(self._one(claim, "usdg:goal"))}
        is_own = self._one(claim, "usdg:claimant").startswith(self.iris.city(""))
        return fields | ({"claimant": ""} if is_own else {})

    def _amount(self, part: str, row: Mapping[str, str]) -> dict[str, str]:
        """Return the original amount, in a column of its own if it does not parse back."""
        stated = self._one(part, "usdg:amountAsStated")
        cell = Cell(stated, Place(), self.language)
        same = Amount(row["amount"], row["currency"])
        if stated and same in amount(cell, row["currency"]):
            return {"amount": stated}
        return {"as_stated": stated}

    def _plan(self, obstacle: str) -> dict[str, str]:
        for plan in self._objects(obstacle, "usdg:answeredBy"):
            return {
                "plan": _last(plan.value),
                "plan_description": self._one(plan.value, "dcterms:description"),
                "plan_outcome": self._one(plan.value, "usdg:planOutcome"),
            }
        return {}

    def _observation_cells(self, outcome: str) -> dict[str, str]:
        indicator = self._one(outcome, "usdg:indicator")
        fields = {"indicator": self._display_text(ExportNode(indicator)) if indicator else ""}
        for edge in ("before", "after"):
            value = self._one(outcome, f"usdg:{edge}")
            if value:
                fields[edge] = self._one(value, "sdmx-dimension:refPeriod")
                fields[f"{edge}_value"] = self._one(value, "sdmx-measure:obsValue")
                fields["unit"] = self._one(value, "sdmx-attribute:unitMeasure")
                fields["method"] = self._one(value, "usdg:method")
        return fields

    def _media(self, city: str, _form: SheetLayout) -> ExportRows:
        yield from self._about(city, "usdg:media", _MEDIUM)

    def _contacts(self, city: str, _form: SheetLayout) -> ExportRows:
        yield from self._about(city, "usdg:contact", _CONTACT)

    def _about(self, city: str, link: str, columns: Mapping[str, str]) -> ExportRows:
        """Yield the things linked from the city or its policies, each once."""
        policies: dict[str, list[str]] = {}
        for whole in (city, *self._of(city)):
            for thing in self._objects(whole, link):
                of = policies.setdefault(thing.value, [])
                if whole != city:
                    of.append(_short(whole, city))
        for iri, keys in policies.items():
            listed = "; ".join(sorted(keys))
            yield {"key": _last(iri), "policies": listed, **self._columns(iri, columns)}

    def _cooperation(self, city: str, _form: SheetLayout) -> ExportRows:
        for iri in self._subjects("usdg:cooperatingCity", city):
            yield {"key": _last(iri), **self._columns(iri, _COOPERATION)}

    def _opinions(self, city: str, _form: SheetLayout) -> ExportRows:
        """Yield the opinions on a city's policies and their parts, with the replies."""
        pending = [
            (annotation, {"policy": _short(policy, city), "part": whole[len(policy) + 1 :]})
            for policy in self._of(city)
            for whole in (policy, *self._parts_of(policy))
            for annotation in self._subjects("oa:hasTarget", whole)
        ]
        by_annotation: dict[str, dict[str, str]] = {}
        while pending:
            iri, about = pending.pop()
            if iri not in by_annotation:
                pending += (
                    (reply, {"answers": _last(iri)})
                    for reply in self._subjects("oa:hasTarget", iri)
                )
            by_annotation[iri] = by_annotation.get(iri, {}) | about
        yield from (self._opinion(iri) | about for iri, about in by_annotation.items())

    def _opinion(self, iri: str) -> dict[str, str]:
        texts = self._objects(self._one(iri, "oa:hasBody"), "rdf:value")
        text = next((text for text in texts if isinstance(text, ox.Literal)), None)
        return {
            "key": _last(iri),
            "text": text.value if text else "",
            "language": (text.language or "") if text else "",
            **self._columns(iri, _OPINION),
        }

    def _parts_of(self, policy: str) -> list[str]:
        """Return the parts of a policy, whose IRIs start with that of the policy."""
        quads = self.store.quads_for_pattern(ExportNode(policy), None, None, None)
        parts = {quad.object.value for quad in quads if isinstance(quad.object, ExportNode)}
        return sorted(iri for iri in parts if iri.startswith(f"{policy}/"))

    def _of(self, city: str) -> list[str]:
        return self._subjects("usdg:leadCity", city)

    def _columns(self, subject: str, columns: Mapping[str, str]) -> dict[str, str]:
        return {name: self._joined_values(subject, path) for name, path in columns.items()}

    def _joined_values(self, subject: str, path: str) -> str:
        terms = self._in_language(self._objects(subject, path))
        cell_texts = sorted(filter(None, (self._display_text(term) for term in terms)))
        return LISTED.join(dict.fromkeys(cell_texts))

    def _in_language(self, terms: list[ExportNode | ox.Literal]) -> list[ExportNode | ox.Literal]:
        """Return the text in the workbook's language, or any one text; else all terms."""
        spoken = [term for term in terms if isinstance(term, ox.Literal) and term.language]
        own = [literal for literal in spoken if literal.language == self.language]
        return [*own[:1]] or [*spoken[:1]] or terms

    def _one(self, subject: str, path: str) -> str:
        terms = self._in_language(self._objects(subject, path)) if subject else []
        return terms[0].value if terms else ""

    def _display_text(self, term: ExportNode | ox.Literal) -> str:
        if isinstance(term, ox.Literal):
            return term.value
        iri = term.value
        for prefix in ("mailto:", "tel:"):
            if iri.startswith(prefix):
                return iri.removeprefix(prefix)
        for name, word in _CHOICES.items():
            if term == node(name):
                return word
        if not iri.startswith(("http", self.iris.base)):
            return iri
        return self._name(iri)

    def _name(self, iri: str) -> str:
        """Return the name of a thing in the workbook: ours by label or key, the UN's by code."""
        ours = f"{self.iris.base}/id/"
        labelled = ("organisation", "indicator", "contact", "city-area")
        if iri.startswith(tuple(f"{ours}{kind}/" for kind in labelled)):
            return self._label(iri)
        if iri.startswith(ours):
            return _last(iri)
        if "w3id.org/urbansdg/vocab/" in iri or iri.startswith(node("oa:x").value[:-1]):
            return iri.rpartition("#")[2]
        return _last(iri) if iri.startswith(node("sdg:x").value[:-1]) else iri

    def _label(self, iri: str) -> str:
        for path in ("skos:prefLabel", "vcard:fn"):
            labels = self._objects(iri, path)
            english = [label for label in labels if getattr(label, "language", "") == "en"]
            literals = self._in_language(labels) if self.language != "en" else english or labels
            if literals:
                return literals[0].value
        return _last(iri)

    def _objects(self, subject: str, path: str) -> list[ExportNode | ox.Literal]:
        quads = list(self.store.quads_for_pattern(ExportNode(subject), node(path), None, None))
        dropped = outranked(quads) if path in _OF_ONE_SOURCE else frozenset()
        terms = {quad.object for quad in quads if quad.triple not in dropped}
        return sorted(
            (term for term in terms if isinstance(term, ExportNode | ox.Literal)), key=str
        )

    def _subjects(self, path: str, target: str) -> list[str]:
        quads = self.store.quads_for_pattern(None, node(path), ExportNode(target), None)
        return sorted(
            {quad.subject.value for quad in quads if isinstance(quad.subject, ExportNode)}
        )


def _last(iri: str) -> str:
    return iri.rstrip("/").rpartition("/")[2]


def _short(policy: str, city: str) -> str:
    """Return the short name of a policy: its key without the prefix of its city."""
    return _last(policy).removeprefix(f"{_last(city)}-")


def _order(row: Mapping[str, str]) -> tuple[str, ...]:
    return (row.get("policy", ""), row.get("slug", ""), row.get("key", ""), *row.values())
