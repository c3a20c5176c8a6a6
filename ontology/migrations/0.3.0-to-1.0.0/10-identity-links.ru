# Links to other datasets no longer make a reasoner merge the two things.
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX schema: <http://schema.org/>
PREFIX usdg: <https://w3id.org/urbansdg/ontology#>

DELETE { GRAPH ?g { ?thing owl:sameAs ?other } }
INSERT { GRAPH ?g { ?thing schema:sameAs ?other } }
WHERE {
  GRAPH ?g { ?thing owl:sameAs ?other }
  VALUES ?class { usdg:City usdg:CityNetwork usdg:Country usdg:Region org:Organization }
  FILTER EXISTS { GRAPH ?any { ?thing a ?class } }
}
