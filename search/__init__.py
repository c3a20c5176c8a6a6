"""Full-text search: an index of each version over the texts, names and codes of its things.

`search_request` has what is asked and answered, `index_folder` searches, `index_build` makes an
index of a version in a folder, from the index of another version where that is known to be near.
"""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")
