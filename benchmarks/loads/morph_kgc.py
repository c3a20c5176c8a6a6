"""morph-kgc, the peer of the benchmarks of loads: its mapping of a table in RML, and its runs."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

_MAPPING = """@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix qb: <http://purl.org/linked-data/cube#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix sdmx-dimension: <http://purl.org/linked-data/sdmx/2009/dimension#> .
@prefix sdmx-measure: <http://purl.org/linked-data/sdmx/2009/measure#> .
@prefix sdmx-attribute: <http://purl.org/linked-data/sdmx/2009/attribute#> .
@prefix usdg: <https://w3id.org/urbansdg/ontology#> .
<#rows> a rr:TriplesMap ;
    rml:logicalSource [ rml:source "{table}" ; rml:referenceFormulation ql:CSV ] ;
    rr:subjectMap [ rr:template "{subject}" ; rr:class {kind} ] ;
    {properties} .
"""


def write_settings(table: Path, subject: str, kind: str, objects: Mapping[str, str]) -> Path:
    """Write the mapping of a table beside it; return the settings of a run in one process.

    `subject` is the template of the IRI of a row and `kind` its class; `objects` are the object
    maps by predicate.
    """
    properties = " ; ".join(
        f"rr:predicateObjectMap [ rr:predicate {predicate} ; rr:objectMap [ {way} ] ]"
        for predicate, way in objects.items()
    )
    mapping, settings = table.with_name("mapping.ttl"), table.with_name("morph.ini")
    text = _MAPPING.format(table=table, subject=subject, kind=kind, properties=properties)
    mapping.write_text(text, "utf-8")
    settings.write_text(
        f"[CONFIGURATION]\noutput_file={table.with_name('out.nt')}\nnumber_of_processes=1\n"
        f"[source]\nmappings={mapping}\n",
        "utf-8",
    )
    return settings


def run_morph(python: str, settings: Path) -> None:
    """Map the table once; `python` is the path of a Python that has morph-kgc."""
    command = (python, "-m", "morph_kgc", str(settings))
    subprocess.run(command, check=True, capture_output=True, timeout=900)
