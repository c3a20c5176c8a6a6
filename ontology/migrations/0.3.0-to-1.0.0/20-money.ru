# usdg:budgetKind, which mixed what an amount covers with the type of cost, becomes usdg:budgetCoverage
# and usdg:costType. A kind says nothing about the stage: add usdg:budgetStage by hand.
PREFIX cost:     <https://w3id.org/urbansdg/vocab/cost-type#>
PREFIX coverage: <https://w3id.org/urbansdg/vocab/budget-coverage#>
PREFIX kind:     <https://w3id.org/urbansdg/vocab/budget-kind#>
PREFIX usdg:     <https://w3id.org/urbansdg/ontology#>

DELETE { GRAPH ?g { ?budget usdg:budgetKind ?kind } }
INSERT { GRAPH ?g { ?budget usdg:budgetCoverage ?coverage ; usdg:costType ?cost } }
WHERE {
  VALUES (?kind ?coverage ?cost) {
    (kind:total     coverage:whole-policy cost:all-costs)
    (kind:capital   UNDEF                 cost:capital)
    (kind:operating UNDEF                 cost:operating)
    (kind:annual    coverage:year         UNDEF)
  }
  GRAPH ?g { ?budget usdg:budgetKind ?kind }
}
