"""The Reconciliation Service API 0.2 over HTTP, by the text of its specification."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.reconciliation_schemas import check
from tests.support.server import Server, http_client

_BASE = "http://localhost:8000"
_SEOUL = f"{_BASE}/id/city/1835848"
_KOREA = f"{_BASE}/id/country/KOR"
_USDG = "https://w3id.org/urbansdg/ontology#"
_SDG = "http://metadata.un.org/sdg/"
_CHARGE = "London Congestion Charge"


@pytest.fixture(scope="module")
def site(serving: Server) -> Iterator[httpx.Client]:
    """Return a client of a server whose search index is made."""
    serving.index()
    with http_client(serving.url) as client:
        yield client


def _batch(site: httpx.Client, queries: dict[str, Any], **parameters: str) -> dict[str, Any]:
    """Return the results of a batch that is sent as a form."""
    form = {"queries": json.dumps(queries)}
    answer = site.post("/reconcile", data=form, params=parameters)
    assert answer.status_code == 200, answer.text
    results: dict[str, Any] = answer.json()
    check("results", results)
    assert results.keys() == queries.keys()
    return results


def _candidates(site: httpx.Client, name: str, **members: object) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = _batch(site, {"q": {"query": name, **members}})["q"]["result"]
    return result


def _first(site: httpx.Client, name: str, **members: object) -> tuple[str, bool]:
    """Return the first candidate of a name, and whether it is a match."""
    candidates = _candidates(site, name, **members)
    return (candidates[0]["id"], candidates[0]["match"]) if candidates else ("", False)


def test_the_manifest_describes_the_service(site: httpx.Client) -> None:
    """GET without parameters gives the manifest, whose services are all there."""
    answer = site.get("/reconcile")
    manifest = answer.json()
    check("manifest", manifest)
    assert (manifest["batchSize"], "0.2" in manifest["versions"]) == (500, True)
    services = [*manifest["suggest"].values(), manifest["extend"]["propose_properties"]]
    for service in services:
        address = service["service_url"] + service["service_path"]
        response = site.get(address.removeprefix(_BASE), params={"prefix": "a"})
        assert response.status_code == 200, address
    for template in (manifest["view"]["url"], manifest["preview"]["url"]):
        address = template.replace("{{id}}", quote(_SEOUL, safe=""))
        page = site.get(address.removeprefix(_BASE), follow_redirects=True)
        assert page.status_code == 200
        assert "Seoul" in page.text
    known = {"if-none-match": answer.headers["etag"]}
    assert site.get("/reconcile", headers=known).status_code == 304


def test_any_site_may_read_every_answer(site: httpx.Client) -> None:
    """Every address of the service allows other origins to read it (section 3.3)."""
    for path in (
        *("/reconcile", "/reconcile/properties", f"/reconcile/preview?id={quote(_SEOUL)}"),
        *(f"/reconcile/suggest/{name}?prefix=se" for name in ("entity", "type", "property")),
    ):
        answer = site.get(path, headers={"origin": "https://refine.example"})
        assert answer.headers["access-control-allow-origin"] == "*", path
    before = {"origin": "https://refine.example", "access-control-request-method": "POST"}
    assert (
        "POST" in site.options("/reconcile", headers=before).headers["access-control-allow-methods"]
    )


def test_a_batch_is_answered_by_get_and_by_post_alike(site: httpx.Client) -> None:
    """GET and POST give the same results, under the identifiers of the queries."""
    queries = {"a": {"query": "Seoul", "type": "city"}, "né": {"query": "Paris"}}
    answer = site.get("/reconcile", params={"queries": json.dumps(queries)})
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json() == _batch(site, queries)


@pytest.mark.parametrize(
    ("name", "iri"),
    [
        *(("Seoul", _SEOUL), ("서울", _SEOUL), ("서울특별시", _SEOUL), ("首爾", _SEOUL)),
        *(("سيول", _SEOUL), ("Сеул", _SEOUL), ("SEÚL", _SEOUL), ("Seôul", _SEOUL)),
        *(("Seoul, Korea", _SEOUL), ("대한민국 서울", _SEOUL), ("Seoul (South Korea)", _SEOUL)),
        *(("City of Seoul", _SEOUL), ("서울시", _SEOUL), ("Seoul city", _SEOUL)),
        *(("South Korea", _KOREA), ("Republic of Korea", _KOREA), ("대한민국", _KOREA)),
        *(("KOR", _KOREA), ("Corée du Sud", _KOREA), ("大韩民国", _KOREA)),
        (_CHARGE, f"{_BASE}/id/policy/2643743-congestion-charge"),
        ("Congestion charge London", f"{_BASE}/id/policy/2643743-congestion-charge"),
        ("London Congestoin Charge", f"{_BASE}/id/policy/2643743-congestion-charge"),
        *(("World Bank", f"{_BASE}/id/organisation/world-bank"),),
        *(("Wrold Bank", f"{_BASE}/id/organisation/world-bank"),),
        *(("SDG 11", f"{_SDG}11"), ("Goal 11", f"{_SDG}11"), ("목표 11", f"{_SDG}11")),
        *(("ODD 11", f"{_SDG}11"), ("ЦУР 11", f"{_SDG}11")),
        *(("11.2", f"{_SDG}11.2"), ("SDG target 11.2", f"{_SDG}11.2"), ("11.b", f"{_SDG}11.b")),
        *(("11.2.1", f"{_SDG}C110201"), ("C110201", f"{_SDG}C110201")),
        *(("indicator 11.2.1", f"{_SDG}C110201"), (f"{_SDG}11.2", f"{_SDG}11.2")),
        *((_SEOUL, _SEOUL), ("city/1835848", _SEOUL), ("1835848", _SEOUL), ("Q8684", _SEOUL)),
        *((f"{_BASE}/doc/city/1835848", _SEOUL), ("http://www.wikidata.org/entity/Q8684", _SEOUL)),
    ],
)
def test_a_name_or_a_code_is_a_match(site: httpx.Client, name: str, iri: str) -> None:
    """A name in any language, with its country or an error, and a code are certain matches."""
    assert _first(site, name) == (iri, True)


def test_an_entity_is_described_as_a_candidate(site: httpx.Client) -> None:
    """A candidate has its types, what tells it from namesakes, and the features of its score."""
    (first, *_) = _candidates(site, "Seul", type=f"{_USDG}City", limit=3)
    assert (first["name"], first["type"]) == ("Seoul", [{"id": f"{_USDG}City", "name": "City"}])
    assert first["description"] == "Republic of Korea"
    features = {feature["id"]: feature["value"] for feature in first["features"]}
    assert (features["name_similarity"], features["typing_errors"]) == (1.0, 0)  # Portuguese


def test_candidates_are_sorted_and_limited(site: httpx.Client) -> None:
    """Candidates come by score, as many as the limit; 0 stands for the usual number."""
    candidates = _candidates(site, "San", limit=4)
    scores = [candidate["score"] for candidate in candidates]
    assert (len(scores), scores) == (4, sorted(scores, reverse=True))
    assert len(_candidates(site, "San", limit=0)) == 5


@pytest.mark.parametrize(
    "type_of_cities", ["city", f"{_USDG}City", "usdg:City", ["city"], ["country", "city"]]
)
def test_a_type_narrows_the_candidates(site: httpx.Client, type_of_cities: object) -> None:
    """With a type, or any of several, only entities of these types are candidates."""
    candidates = _candidates(site, "Singapore", type=type_of_cities, limit=50)
    names = {it["name"] for candidate in candidates for it in candidate["type"]}
    assert "City" in names
    assert names <= {"City", "Country"}


def test_type_strict_says_how_types_count(site: httpx.Client) -> None:
    """With "all", an entity has all the types; with "should", others are worse, and no match."""
    both = ["organisation", f"{_USDG}CityNetwork"]
    networks = _candidates(site, "CityNet", type=both, type_strict="all")
    assert all("City network" in {it["name"] for it in one["type"]} for one in networks)
    assert networks[0]["match"]
    assert not _candidates(site, "Seoul", type=["city", "country"], type_strict="all")
    (first, *_) = _candidates(site, "Seoul", type="country", type_strict="should")
    assert (first["id"], first["match"]) == (_SEOUL, False)
    assert first["score"] < 100


def test_a_country_decides_between_namesakes(site: httpx.Client) -> None:
    """A country, by its IRI, its name or its code, makes a match; another one prevents it."""
    for country in (_KOREA, {"id": _KOREA, "name": "Korea"}, "Korea", "KR", "대한민국", ["KOR"]):
        properties = [{"pid": f"{_USDG}country", "v": country}]
        assert _first(site, "Seol", properties=properties)[0] == _SEOUL
        assert _first(site, "Seoul", properties=properties) == (_SEOUL, True)
    for country in ("France", f"{_BASE}/id/country/FRA", "Freedonia"):
        properties = [{"pid": "country", "v": country}]
        candidates = _candidates(site, "Seoul", properties=properties, limit=50)
        assert not candidates[0]["match"]
        assert next(it["score"] for it in candidates if it["id"] == _SEOUL) < 60
    assert not _first(site, "Paris, Texas")[1]


def test_other_properties_refine_the_score(site: httpx.Client) -> None:
    """A property that agrees keeps the score, one that does not lowers it and prevents a match."""
    for value in (f"{_SDG}11.2", "11.2", {"id": f"{_SDG}11.2"}):
        properties = [{"pid": "usdg:addressesTarget", "v": value}]
        assert _first(site, _CHARGE, properties=properties)[1]
    properties = [{"pid": "usdg:addressesTarget", "v": "1.1"}]
    (first, *_) = _candidates(site, _CHARGE, properties=properties)
    assert (first["match"], first["score"] < 90) == (False, True)


def test_a_query_without_a_name_goes_by_its_properties(site: httpx.Client) -> None:
    """Without a name, an identifying property is a match, and other ones give candidates."""
    for pid, value in (("schema:sameAs", "Q8684"), ("unLocode", "KRSEL"), ("prefLabel", "Seoul")):
        query = {"properties": [{"pid": pid, "v": value}], "type": "city"}
        (first, *_) = _batch(site, {"q": query})["q"]["result"]
        assert (first["id"], first["match"]) == (_SEOUL, True), pid
    of_country = {"properties": [{"pid": "country", "v": "Korea"}], "type": "city", "limit": 50}
    candidates = _batch(site, {"q": of_country})["q"]["result"]
    assert _SEOUL in {candidate["id"] for candidate in candidates}
    assert not any(candidate["match"] for candidate in candidates)


def test_the_query_of_openrefine_is_answered(site: httpx.Client) -> None:
    """A query as OpenRefine sends it, with members of its own, is answered."""
    query = {
        "query": "Seoul",
        "type": f"{_USDG}City",
        "type_strict": "should",
        "properties": [{"p": "country", "pid": f"{_USDG}country", "v": "Korea"}],
        "colour": "red",
    }
    (first, *_) = _batch(site, {"q": query})["q"]["result"]
    assert (first["id"], first["match"]) == (_SEOUL, True)


def test_a_malformed_query_does_not_spoil_its_batch(site: httpx.Client) -> None:
    """A malformed query has an empty result and the reason; the others are answered."""
    queries: dict[str, Any] = {
        "good": {"query": "Seoul"},
        "type": {"query": "Seoul", "type": "planet"},
        "property": {"query": "Seoul", "properties": [{"pid": "colour", "v": "red"}]},
        "number": {"query": 5},
    }
    results = _batch(site, queries)
    assert results["good"]["result"][0]["match"]
    assert "error" not in results["good"]
    for name in ("type", "property", "number"):
        assert results[name]["result"] == []
        assert results[name]["error"].endswith(".")
    assert "planet" in results["type"]["error"]


def test_a_batch_has_at_most_as_many_queries_as_the_manifest_says(site: httpx.Client) -> None:
    """A batch of `batchSize` is answered, a larger one refused with 413 (section 3.1)."""
    queries = {str(number): {"query": f"Seoul {number}"} for number in range(501)}
    refused = site.post("/reconcile", data={"queries": json.dumps(queries)})
    assert refused.status_code == 413
    del queries["0"]
    assert len(_batch(site, queries)) == 500
    assert _batch(site, {}) == {}


def test_entities_are_suggested_by_the_beginning_of_a_name(site: httpx.Client) -> None:
    """A prefix, in any language, suggests entities; so do a whole name and an identifier."""
    for prefix in ("seo", "Seoul", "서", "서울특", _SEOUL, "Q8684"):
        answer = site.get("/reconcile/suggest/entity", params={"prefix": prefix})
        check("suggest entity", answer.json())
        assert _SEOUL in [item["id"] for item in answer.json()["result"]], prefix
    parameters = {"prefix": "s", "type": f"{_USDG}Country"}
    answer = site.get("/reconcile/suggest/entity", params=parameters).json()
    assert answer["result"]
    assert {it["id"] for item in answer["result"] for it in item["notable"]} == {f"{_USDG}Country"}


def test_a_cursor_skips_suggestions(site: httpx.Client) -> None:
    """`cursor` skips so many suggestions: the pages do not overlap."""
    pages = [
        [
            item["id"]
            for item in site.get(
                "/reconcile/suggest/entity", params={"prefix": "s", "cursor": cursor}
            ).json()["result"]
        ]
        for cursor in (0, 10)
    ]
    assert (len(pages[0]), bool(pages[1])) == (10, True)
    assert set(pages[0]).isdisjoint(pages[1])


def test_types_and_properties_are_suggested(site: httpx.Client) -> None:
    """Types and properties are suggested by the beginning of a word of their names, or all."""
    types = site.get("/reconcile/suggest/type", params={"prefix": "ci"}).json()
    check("suggest type", types)
    assert f"{_USDG}City" in [item["id"] for item in types["result"]]
    in_korean = {"prefix": "도시", "lang": "ko"}
    assert (
        site.get("/reconcile/suggest/type", params=in_korean).json()["result"][0]["name"] == "도시"
    )
    properties = site.get("/reconcile/suggest/property", params={"prefix": "popul"}).json()
    check("suggest property", properties)
    assert [item["id"] for item in properties["result"]] == [f"{_USDG}population"]
    every = site.get("/reconcile/suggest/property", params={"prefix": ""}).json()["result"]
    assert len(every) == 10


def test_properties_are_proposed_for_a_type(site: httpx.Client) -> None:
    """The properties of a type are proposed, at most `limit`; the type is sent back."""
    city = f"{_USDG}City"
    proposals = site.get("/reconcile/properties", params={"type": city}).json()
    check("proposals", proposals)
    assert proposals["type"] == city
    assert f"{_USDG}country" in [item["id"] for item in proposals["properties"]]
    few = site.get("/reconcile/properties", params={"type": city, "limit": "2"}).json()
    assert (few["limit"], few["properties"]) == (2, proposals["properties"][:2])


def _extended(site: httpx.Client, query: dict[str, Any], **parameters: str) -> dict[str, Any]:
    answer = site.post("/reconcile", data={"extend": json.dumps(query)}, params=parameters)
    assert answer.status_code == 200, answer.text
    values: dict[str, Any] = answer.json()
    check("extension", values)
    same = site.get("/reconcile", params={"extend": json.dumps(query), **parameters})
    assert same.json() == values
    return values


def test_data_extension_adds_the_values_of_properties(site: httpx.Client) -> None:
    """The rows have each property of each entity; the metadata has what was asked, in its order."""
    names = [f"{_USDG}country", "population", "geo:lat", "foaf:homepage", "schema:sameAs"]
    query = {"ids": [_SEOUL, f"{_BASE}/id/city/none"], "properties": [{"id": it} for it in names]}
    values = _extended(site, query)
    assert [meta["id"] for meta in values["meta"]] == names
    assert values["meta"][0]["type"] == {"id": f"{_USDG}Country", "name": "country"}
    row = values["rows"][_SEOUL]
    assert row[f"{_USDG}country"] == [{"id": _KOREA, "name": "Republic of Korea"}]
    assert row["population"] == [{"int": 9586195}]
    assert row["geo:lat"] == [{"float": 37.566}]
    assert row["foaf:homepage"] == [{"str": "https://www.seoul.go.kr/"}]
    assert len(row["schema:sameAs"]) == 2
    assert values["rows"][f"{_BASE}/id/city/none"] == {name: [] for name in names}


def test_data_extension_speaks_the_language_of_the_reader(site: httpx.Client) -> None:
    """Names of values, and texts, come in the language of the reader."""
    query = {"ids": [_SEOUL], "properties": [{"id": "prefLabel"}, {"id": "country"}]}
    row = _extended(site, query, lang="zh")["rows"][_SEOUL]
    assert row["prefLabel"] == [{"str": "首尔"}]
    assert row["country"] == [{"id": _KOREA, "name": "大韩民国"}]


def test_a_policy_can_be_extended_by_its_parts(site: httpx.Client) -> None:
    """A property that lies behind another thing is read: the first year of a policy's period."""
    policy = _first(site, "Stockholm congestion tax")[0]
    properties = [{"id": it} for it in ("usdg:startYear", "usdg:leadCity", "usdg:addressesTarget")]
    row = _extended(site, {"ids": [policy], "properties": properties})["rows"][policy]
    assert row["usdg:startYear"] == [{"int": 2007}]
    assert row["usdg:leadCity"][0]["name"] == "Stockholm"
    assert {"11.2", "11.6"} == {it["id"].removeprefix(_SDG) for it in row["usdg:addressesTarget"]}


def test_a_preview_may_be_framed_and_other_pages_may_not(site: httpx.Client) -> None:
    """A preview is a small page in the reader's language, which any site may frame."""
    page = site.get("/reconcile/preview", params={"id": _SEOUL, "lang": "ko"})
    assert page.status_code == 200
    assert page.headers["content-security-policy"].endswith("frame-ancestors *")
    assert page.headers["content-language"] == "ko"
    assert '<a href="/doc/city/1835848?lang=ko"' in page.text
    assert "9,586,195" in page.text
    assert "<script" not in page.text
    home = site.get("/", headers={"accept": "text/html"}).headers["content-security-policy"]
    assert "frame-ancestors 'none'" in home
    assert site.get("/reconcile/preview", params={"id": "nothing"}).status_code == 404


def test_names_come_in_the_language_that_is_asked_for(site: httpx.Client) -> None:
    """With `lang`, candidates and types have names in that language."""
    result = _batch(site, {"q": {"query": "Seoul", "type": "city"}}, lang="ko")["q"]["result"]
    assert (result[0]["name"], result[0]["type"][0]["name"]) == ("서울", "도시")
