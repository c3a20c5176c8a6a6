# Opinions that are not published leave the public data, with their texts. `urbansdg init` also removes
# them from older versions.
PREFIX oa:    <http://www.w3.org/ns/oa#>
PREFIX state: <https://w3id.org/urbansdg/vocab/moderation-state#>
PREFIX usdg:  <https://w3id.org/urbansdg/ontology#>

DELETE { GRAPH ?g { ?opinion ?path ?value . ?body ?inner ?text . ?thing ?link ?opinion } }
WHERE {
  GRAPH ?g {
    ?opinion a oa:Annotation ; usdg:moderationState ?state ; ?path ?value
    FILTER(?state != state:published)
    OPTIONAL { ?opinion oa:hasBody ?body . ?body ?inner ?text }
    OPTIONAL { ?thing ?link ?opinion }
  }
}
