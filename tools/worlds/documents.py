"""PDF documents of one page, written by hand: a title and lines of text, in Helvetica."""

import textwrap

from tools.worlds.source import Source

# An A4 page in points (ISO 216; a point is 1/72 inch), with margins of 2.5 cm.
_WIDTH, _HEIGHT, _MARGIN = 595, 842, 71
_TITLE_SIZE, _TEXT_SIZE, _LEADING = 18, 11, 16
# What fits between the margins in this font, whose letters differ in width.
_COLUMNS = 84


def write_pdf(source: Source) -> bytes:
    """The document's bytes (ISO 32000-1): the same text gives the same bytes."""
    content = _page(source["title"], source["text"].strip().splitlines())
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {_WIDTH} {_HEIGHT}]/Contents 4 0 R"
            "/Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>>>"
        ).encode(),
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        _font("Helvetica"),
        _font("Helvetica-Bold"),
        b"<</Title(%b)>>" % _escape(source["title"]),
    ]
    return _file(objects)


def _page(title: str, paragraphs: list[str]) -> bytes:
    lines = [line for text in paragraphs for line in textwrap.wrap(text, _COLUMNS) or [""]]
    start = _HEIGHT - _MARGIN
    parts = [
        b"BT /F2 %d Tf %d %d Td (%b) Tj ET" % (_TITLE_SIZE, _MARGIN, start, _escape(title)),
        b"BT /F1 %d Tf %d TL %d %d Td" % (_TEXT_SIZE, _LEADING, _MARGIN, start - 2 * _LEADING),
        *(b"(%b) Tj T*" % _escape(line) for line in lines),
        b"ET",
    ]
    return b"\n".join(parts)


def _escape(text: str) -> bytes:
    """A literal string in the font's encoding; a letter that it lacks is an error."""
    encoded = text.encode("cp1252")
    for special in (b"\\", b"(", b")"):
        encoded = encoded.replace(special, b"\\" + special)
    return encoded


def _font(name: str) -> bytes:
    return f"<</Type/Font/Subtype/Type1/BaseFont/{name}/Encoding/WinAnsiEncoding>>".encode()


def _file(objects: list[bytes]) -> bytes:
    """The objects with the table of where each begins."""
    body, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%b" % (count, table)
        + b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R>>\n" % (count, len(objects))
        + b"startxref\n%d\n%%%%EOF\n" % len(body)
    )
