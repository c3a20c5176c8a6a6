"""Header fields of every response that limit what a browser does with it.

The server adds them to each response, whoever makes it: errors of HTTP, redirects, 304 and kept
answers too. No other module sets them.
"""

from typing import Final

SECURITY_FIELDS: Final = (
    ("referrer-policy", "strict-origin-when-cross-origin"),  # searches stay on this site
    ("x-content-type-options", "nosniff"),  # data of others is not run as a script or a page
)
"""Names and values (W3C Referrer Policy, 3; Fetch, 3.6)."""
