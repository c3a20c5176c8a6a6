"""Open SDG sites: their files, metadata, translations, tables, areas and series."""
