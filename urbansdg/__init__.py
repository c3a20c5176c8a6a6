"""Urban policies on the Sustainable Development Goals as a linked-open-data knowledge graph.

The packages of the product are folders at the root of the repository; the links in this folder make
them one package that every tool resolves. Import them as `urbansdg.store`, never as `store`.
"""

__version__ = "0.1.0"
