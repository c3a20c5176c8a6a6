# A usdg:PopulationObservation becomes a qb:Observation of the indicator population.
# It says nothing about the kind of area that it covers: correct usdg:areaKind by hand.
PREFIX dcterms:        <http://purl.org/dc/terms/>
PREFIX qb:             <http://purl.org/linked-data/cube#>
PREFIX sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#>
PREFIX sdmx-code:      <http://purl.org/linked-data/sdmx/2009/code#>
PREFIX sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#>
PREFIX sdmx-measure:   <http://purl.org/linked-data/sdmx/2009/measure#>
PREFIX usdg:           <https://w3id.org/urbansdg/ontology#>
PREFIX xsd:            <http://www.w3.org/2001/XMLSchema#>

DELETE { GRAPH ?g {
  ?population a usdg:PopulationObservation ; usdg:populationCount ?count ; usdg:year ?year .
} }
INSERT { GRAPH ?g {
  ?population a qb:Observation ;
    qb:dataSet ?set ;
    sdmx-dimension:refArea ?city ;
    usdg:indicator <https://w3id.org/urbansdg/vocab/indicator#population> ;
    sdmx-dimension:refPeriod ?year ;
    usdg:areaKind <https://w3id.org/urbansdg/vocab/area-kind#unspecified> ;
    sdmx-dimension:sex sdmx-code:sex-T ;
    sdmx-dimension:age "_T" ;
    usdg:urbanisation "_T" ;
    sdmx-measure:obsValue ?value ;
    sdmx-attribute:unitMeasure "people"@en ;
    usdg:unitCode "PS" .
  ?set a qb:DataSet ; qb:structure usdg:indicatorStructure ; dcterms:title "Populations of cities"@en .
} }
WHERE {
  GRAPH ?g {
    ?population a usdg:PopulationObservation ; usdg:populationCount ?count ; usdg:year ?year .
    ?city usdg:population ?population .
  }
  BIND(xsd:decimal(?count) AS ?value)
  BIND(IF(CONTAINS(STR(?city), "/example-"), "example-population", "population") AS ?key)
  BIND(IRI(CONCAT(REPLACE(STR(?city), "/id/city/.*$", ""), "/id/dataset/", ?key)) AS ?set)
}
