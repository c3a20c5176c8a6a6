# Persons and their consent leave the data: a published version cannot be changed.
# This rewrites the terms of ours and vcard:Individual only. `urbansdg init` also removes persons of
# other classes and their addresses, and all of them from older versions and from the store's files.
PREFIX usdg:  <https://w3id.org/urbansdg/ontology#>
PREFIX vcard: <http://www.w3.org/2006/vcard/ns#>

DELETE { GRAPH ?g { ?person ?path ?value . ?thing ?link ?person } }
WHERE {
  GRAPH ?g {
    { ?person a vcard:Individual } UNION { ?person usdg:consent ?consent }
    ?person ?path ?value
    OPTIONAL { ?thing ?link ?person }
  }
} ;

DELETE { GRAPH ?g { ?consent ?path ?value } }
WHERE {
  GRAPH ?g {
    { ?consent a usdg:Consent } UNION { ?consent usdg:consentGiven ?given }
    UNION { ?consent usdg:consentPurpose ?purpose } UNION { ?consent usdg:consentUntil ?until }
    ?consent ?path ?value
  }
}
