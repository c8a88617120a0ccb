"""What files are called in addresses, and what they are saved as."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quart import Response

from quart_passport.publishing.file_names import (
    RenditionName,
    document_name,
    download_name,
    read_rendition_name,
    stem_of,
)
from quart_passport.web.headers import as_download


@pytest.mark.parametrize(
    ("filename", "stem"),
    [
        ("Troyer Grün.JPG", "troyer-grun"),
        ("Maßband.png", "massband"),
        ("photo.final.jpg", "photo-final"),
        ("../../etc/passwd", "picture"),
        ("no ending", "no-ending"),
        ("دلّة.png", "picture"),
        ("", "picture"),
        (".jpg", "picture"),
        ("---.jpg", "picture"),
        ("a" * 300 + ".jpg", "a" * 60),
        ('x"><script>.png', "x-script"),
        ("640.jpg", "640"),
    ],
)
def test_a_stem_is_plain(filename: str, stem: str) -> None:
    assert stem_of(filename, "picture") == stem


@given(st.text(max_size=80), st.sampled_from((1, 320, 1280)), st.sampled_from(("webp", "jpg")))
def test_a_renditions_name_can_be_read_again(filename: str, width: int, form: str) -> None:
    name = RenditionName(stem_of(filename, "picture"), width, form)  # type: ignore[arg-type]

    assert re.fullmatch(r"[a-z0-9-]+\.(webp|jpg)", str(name))
    assert read_rendition_name(str(name)) == name


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("Konformitätserklärung 2026.pdf", "Konformitätserklärung 2026.pdf"),
        ("REPORT.PDF", "REPORT.pdf"),
        ("../../.bashrc", "bashrc.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie x=1.pdf"),
        ('say "hi"; filename=x.exe', "say hi ; filename=x.exe.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("دليل.pdf", "دليل.pdf"),
        ("100%.pdf", "100.pdf"),
        ("", "document.pdf"),
        ("....", "document.pdf"),
    ],
)
def test_a_document_is_saved_under_the_merchants_name_as_far_as_that_is_safe(
    filename: str, name: str
) -> None:
    assert download_name(filename) == name


@given(st.text(max_size=120))
def test_whatever_a_document_is_called_its_header_is_one_header(filename: str) -> None:
    """RFC 6266: a quoted string in ASCII, then the name percent-encoded (RFC 8187)."""
    name = download_name(filename)

    response = as_download(Response(b""), plain=document_name(filename), name=name)

    header = response.headers["Content-Disposition"]
    match = re.fullmatch(
        r"attachment; filename=\"([a-z0-9-]+\.pdf)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]+)", header
    )
    assert match is not None
    assert unquote(match[2]) == name
    assert name.endswith(".pdf")
    assert not re.search(r'[\x00-\x1f\x7f/\\"]', name)
