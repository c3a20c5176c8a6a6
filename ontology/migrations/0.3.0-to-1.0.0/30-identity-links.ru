# Links of cities, countries and organisations to other datasets: owl:sameAs becomes schema:sameAs.
PREFIX org:    <http://www.w3.org/ns/org#>
PREFIX owl:    <http://www.w3.org/2002/07/owl#>
PREFIX schema: <http://schema.org/>
PREFIX usdg:   <https://w3id.org/urbansdg/ontology#>
DELETE { GRAPH ?g { ?thing owl:sameAs ?other } }
INSERT { GRAPH ?g { ?thing schema:sameAs ?other } }
WHERE {
  GRAPH ?g { ?thing owl:sameAs ?other }
  FILTER(STRSTARTS(STR(?other), "https://sws.geonames.org/")
    || STRSTARTS(STR(?other), "http://www.wikidata.org/entity/")
    || EXISTS { GRAPH ?g { ?thing a ?class } FILTER(?class IN (usdg:City, usdg:Country, org:Organization)) })
}
