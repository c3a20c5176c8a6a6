# The types of policy that named a means become a form, and the means becomes the instrument.
PREFIX instrument: <https://w3id.org/urbansdg/vocab/instrument#>
PREFIX type:       <https://w3id.org/urbansdg/vocab/policy-type#>
PREFIX usdg:       <https://w3id.org/urbansdg/ontology#>

DELETE { GRAPH ?g { ?policy usdg:policyType ?old } }
INSERT { GRAPH ?g { ?policy usdg:policyType ?form ; usdg:instrument ?means } }
WHERE {
  VALUES (?old ?form ?means) {
    (type:financial-incentive type:measure instrument:economic)
    (type:information         type:measure instrument:informational)
    (type:infrastructure      type:project instrument:infrastructural)
    (type:participation       type:measure instrument:participatory)
    (type:pricing             type:measure instrument:economic)
  }
  GRAPH ?g { ?policy usdg:policyType ?old }
}
