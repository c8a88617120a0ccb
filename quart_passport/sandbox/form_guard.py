"""
Forms of the sandbox's pages may be sent by those pages only.

Browsers say where a request comes from in Sec-Fetch-Site or Origin, and a page of another site
cannot change either. Callers that send neither are no browsers and carry no one's session.
"""

from quart import request
from werkzeug.exceptions import Forbidden

from quart_passport.sandbox.pim import current_pim


def refuse_other_sites() -> None:
    """Raises Forbidden when another site's page has sent this request."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:
        is_ours = origin is None or origin == current_pim().base_url
    if not is_ours:
        raise Forbidden("This form was sent from another site. Open the page here and try again.")
