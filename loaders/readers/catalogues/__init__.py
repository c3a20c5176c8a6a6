"""Readers of catalogues of data: the data sets of the open data portals of cities."""
