"""Egress: which hosts and addresses the product may contact, and the gateway that contacts them."""

if not __name__.startswith("urbansdg."):  # from the root of a checkout: a second copy of all
    raise ImportError(f"Import urbansdg.{__name__}, not {__name__}.")
