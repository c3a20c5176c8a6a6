# Names of goals, targets and indicators in the bundled graph become usdg:shortName.
# Also those that 0.3.0 made skos:altLabel when the UN's vocabulary was loaded.
PREFIX sdgo: <http://metadata.un.org/sdg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX usdg: <https://w3id.org/urbansdg/ontology#>

DELETE { GRAPH ?g { ?thing ?naming ?name } }
INSERT { GRAPH ?g { ?thing usdg:shortName ?name } }
WHERE {
  VALUES ?naming { skos:prefLabel skos:altLabel }
  VALUES ?kind { sdgo:Goal sdgo:Target sdgo:Indicator skos:ConceptScheme }
  GRAPH ?g { ?thing a ?kind ; ?naming ?name }
  FILTER(STRENDS(STR(?g), "/graph/sdg"))
}
