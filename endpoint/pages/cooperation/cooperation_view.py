"""A page of the cooperation board for a reader: as HTML, as JSON, and as rows of CSV."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from urbansdg.endpoint.html.locale_formats import figure
from urbansdg.endpoint.html.page_layout import framed
from urbansdg.endpoint.html.page_values import ListPage, PageValue, plain
from urbansdg.endpoint.html.site_links import SiteLinks
from urbansdg.endpoint.pages.comparison.comparison_view import CsvRow
from urbansdg.endpoint.pages.comparison.similar_cities import SimilarityReason
from urbansdg.endpoint.pages.contact_offices import ContactOffice, office_links
from urbansdg.endpoint.pages.cooperation.cooperation_board import (
    CooperationItem,
    CooperationMatch,
    is_closed,
    is_future,
)
from urbansdg.endpoint.pages.cooperation.cooperation_queries import KINDS, BoardFilter
from urbansdg.endpoint.pages.lists.thing_list import ThingList
from urbansdg.endpoint.pages.page_addresses import GOAL_CODES, city_key, theme_key
from urbansdg.endpoint.pages.page_form import ChosenVersion
from urbansdg.endpoint.pages.things.page_facts import text_as_shown
from urbansdg.endpoint.pages.things.sort_order import code_of
from urbansdg.ontology.namespaces import PREFIXES, SDG

PATH: Final = "/cooperation"
SIZE: Final = 20
"""How many offers and requests a page has."""

_MOST_MATCHES: Final = 5
_DATE: Final = NamedNode(f"{PREFIXES['xsd']}date")


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A page of the board: totals by state, offers and requests, and their matches by IRI.

    `cities` and `themes` are those of all offers and requests, to choose from.
    """

    totals: Mapping[str, int]
    items: tuple[CooperationItem, ...]
    matches: Mapping[str, list[CooperationMatch]]
    turn: ListPage
    cities: tuple[str, ...]
    themes: tuple[str, ...]


class CooperationView:
    """A page of the board for a reader."""

    def __init__(
        self, version: ChosenVersion, site: SiteLinks, narrowed: BoardFilter, board: BoardPage
    ) -> None:
        """Read the names of everything that is shown."""
        snapshot = version.snapshot
        self._version, self._snapshot, self._site = version, snapshot, site
        self._narrowed, self._board = narrowed, board
        self._things = ThingList.of(snapshot.store, site, dict.fromkeys(self._mentioned()))

    def _mentioned(self) -> Iterator[str]:
        board = self._board
        yield from (*board.cities, *board.themes)
        yield from (SDG[code] for code in GOAL_CODES)
        for item in board.items:
            yield from (item.iri, item.city, *item.themes, *item.targets)
        for matches in board.matches.values():
            for match in matches:
                yield from (match.iri, match.city)
                yield from (thing for why in match.reasons for thing in why.things)

    def page(self) -> bytes:
        """Return the page, in HTML and UTF-8."""
        site, board, narrowed = self._site, self._board, self._narrowed
        key_of_city = partial(city_key, site)
        return framed(
            "cooperation.html.jinja",
            site,
            crumbs=(),
            version=self._snapshot.number,
            narrowed=narrowed,
            board=board,
            kinds=tuple(KINDS),
            named=self._things.named,
            topic=self._things.topic,
            cities=self._choices(board.cities, key_of_city),
            themes=self._choices(board.themes, theme_key),
            goals=[(code, self._things.short(SDG[code])) for code in GOAL_CODES],
            city_key=key_of_city,
            theme_key=theme_key,
            description=self._description,
            offices=[
                (item.iri, [self._office(office) for office in item.offices])
                for item in board.items
            ],
            ending=self._ending,
            opening=self._opening,
            matches_of=lambda item: board.matches.get(item.iri, [])[:_MOST_MATCHES],
            more_matches=lambda item: max(0, len(board.matches.get(item.iri, ())) - _MOST_MATCHES),
            reason=self._reason,
            in_state=lambda state: self._address(state=state),
            pinned=self._version.number,
            of_current=self._address(version=""),
            permanent=self._version.permanent(partial(self._address, day=f"{narrowed.day}")),
            json=self._address(format="json"),
            csv=self._address(format="csv"),
        )

    def document(self) -> dict[str, object]:
        """Return the page as a JSON document."""
        board, narrowed = self._board, self._narrowed
        return {
            "version": self._snapshot.number,
            "day": narrowed.day.isoformat(),
            "state": narrowed.state,
            "total": board.totals[narrowed.state],
            "totals": dict(board.totals),
            "page": board.turn.number,
            "previous": board.turn.before,
            "next": board.turn.after,
            "results": [self._item_document(item) for item in board.items],
        }

    def rows(self) -> Iterator[CsvRow]:
        """Yield the offers and requests of the page, one in each row."""
        yield (
            *("iri", "kind", "title", "description", "city", "city_label", "opened", "until"),
            *("themes", "targets", "office", "page", "form", "email", "telephone", "matches"),
        )
        for item in self._board.items:
            text, office = self._description(item), next(iter(item.offices), None)
            ways = dict(office.ways) if office else {}
            yield (
                *(item.iri, item.kind, self._things.named(item.iri).text),
                *(text.text if text else "", item.city, self._things.named(item.city).text),
                *(item.first_day, item.last_day),
                " | ".join(self._things.named(theme).text for theme in item.themes),
                " | ".join(code_of(target) or target for target in item.targets),
                self._office(office)[0].text if office else "",
                *(ways.get(kind, "") for kind in ("page", "form", "email", "telephone")),
                " | ".join(match.iri for match in self._board.matches.get(item.iri, ())),
            )

    def _item_document(self, item: CooperationItem) -> dict[str, object]:
        text, label = self._description(item), self._things.label
        return {
            **label(item.iri),
            "kind": item.kind,
            "description": text.text if text else None,
            "city": label(item.city),
            "opened": item.first_day or None,
            "until": item.last_day or None,
            "themes": [label(theme) for theme in item.themes],
            "targets": [code_of(target) or target for target in item.targets],
            "offices": [
                {"iri": office.iri, "name": self._office(office)[0].text, **dict(office.ways)}
                for office in item.offices
            ],
            "fictitious": item.is_fictitious,
            "matches": [
                {
                    **label(match.iri),
                    "city": label(match.city),
                    "until": match.last_day,
                    "reasons": [
                        {"reason": why.name, "text": self._reason(why), "things": why.things}
                        for why in match.reasons
                    ],
                }
                for match in self._board.matches.get(item.iri, ())
            ],
        }

    def _description(self, item: CooperationItem) -> PageValue | None:
        """Return the text in the best language for the reader, None without one."""
        text = self._site.reader.choose(item.descriptions)
        return None if text is None else text_as_shown(text, self._site.words)

    def _office(self, office: ContactOffice) -> tuple[PageValue, list[PageValue]]:
        return office_links(office, self._site)

    def _ending(self, last_day: str) -> str:
        key = "closed_on" if is_closed(last_day, self._narrowed.day) else "until"
        name = "day" if key == "closed_on" else "n"
        return self._site.words(key, **{name: self._date(last_day)})

    def _opening(self, item: CooperationItem) -> str | None:
        if not is_future(item.first_day, self._narrowed.day):
            return None
        return self._site.words("opens_on", day=self._date(item.first_day))

    def _date(self, text: str) -> str:
        return figure(Literal(text, datatype=_DATE), self._site.words.locale) or plain(text)

    def _reason(self, why: SimilarityReason) -> str:
        names = [code_of(thing) or self._things.named(thing).text for thing in why.things]
        return self._site.words(f"similar_{why.name}", names=", ".join(names))

    def _choices(
        self, iris: Iterable[str], key: Callable[[str], str]
    ) -> list[tuple[str, PageValue]]:
        named = [(key(iri), self._things.named(iri)) for iri in iris]
        return sorted(named, key=lambda choice: choice[1].text.casefold())

    def _address(self, **more: str) -> str:
        """Return the address of the first page of this board, with other parameters."""
        parameters = {name: text for name, text in self._site.query if text and name != "page"}
        query = "&".join(
            f"{name}={quote(text, safe=':/')}" for name, text in (parameters | more).items() if text
        )
        return self._site.at(f"{PATH}?{query}")
