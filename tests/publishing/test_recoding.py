"""The program that draws pictures anew, run as it runs in service: good files, and hostile ones."""

import asyncio
import io
import random
import resource
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from quart_passport.errors import Unavailable
from quart_passport.publishing import recoding
from quart_passport.publishing.recoders import WIDTHS, Recoded, Recoders, Size, read_answer
from tests.publishing.pictures import (
    BLUE,
    GOOD,
    GREEN,
    HOSTILE,
    RED,
    SECRETS,
    WHITE,
    animated,
    encoded,
    exif,
    photograph,
    swapped_profile,
    talkative,
    with_palette,
    written,
)

PROGRAM = Path(recoding.__file__)
FORMS = {"webp": "WEBP", "jpg": "JPEG"}


def run(original: bytes) -> tuple[int, bytes, bytes]:
    """The program's exit code, what it writes, and what it complains of."""
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *map(str, WIDTHS)],
        input=original, capture_output=True, env={}, timeout=30, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def recode(original: bytes) -> Recoded:
    """As the program does, without its walls."""
    made = list(recoding.make_renditions(original, WIDTHS))
    sizes = sorted({Size(width, height) for width, height, _, _ in made})
    files = {(width, form): body for width, _, form, body in made}
    return Recoded(tuple(sizes), files)  # type: ignore[arg-type]


def opened(recoded: Recoded, form: str = "webp", width: int | None = None) -> Image.Image:
    body = recoded.files[width or recoded.sizes[-1].width, form]  # type: ignore[index]
    picture = Image.open(io.BytesIO(body))
    picture.load()
    return picture


def is_like(colour: object, expected: tuple[int, ...]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(a - b) <= 6 for a, b in zip(colour[:3], expected, strict=True))


@pytest.mark.parametrize("name", GOOD)
def test_a_picture_is_drawn_anew_in_every_width_and_form(name: str) -> None:
    code, answer, complaint = run(GOOD[name])

    recoded = read_answer(answer)
    assert (code, complaint) == (0, b"")
    assert recoded is not None
    for (width, form), body in recoded.files.items():
        with Image.open(io.BytesIO(body)) as picture:
            assert (picture.format, getattr(picture, "n_frames", 1)) == (FORMS[form], 1)
            assert Size(*picture.size) in recoded.sizes
            assert picture.width == width
        assert b"script" not in body


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(name: str) -> None:
    assert run(HOSTILE[name]) == (1, b"", b"")


def test_whatever_is_done_to_a_file_no_byte_of_it_is_served_and_nothing_crashes() -> None:
    chance = random.Random(7)
    originals = [photograph(300, 200, form) for form in ("JPEG", "PNG", "WEBP", "GIF")]
    outcomes: dict[int, int] = {}

    for number in range(24):
        file = bytearray(originals[number % 4])
        for _ in range(chance.randrange(4)):
            file[chance.randrange(12, len(file))] = chance.randrange(256)
        length = chance.choice((len(file), chance.randrange(100, len(file))))
        marked = bytes(file[:length]) + b"MARK" * 20
        code, answer, _ = run(marked)
        outcomes[code] = outcomes.get(code, 0) + 1
        assert (code == 0) == (read_answer(answer) is not None)
        assert b"MARK" not in answer

    print(f"altered files {sum(outcomes.values())}, by exit code {outcomes}, crashed 0")
    assert outcomes.keys() <= {0, 1}
    assert min(outcomes[0], outcomes[1]) > 3


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        ((4000, 3000), [(320, 240), (640, 480), (1280, 960)]),
        ((1280, 720), [(320, 180), (640, 360), (1280, 720)]),
        ((1000, 500), [(320, 160), (640, 320), (1000, 500)]),
        ((900, 600), [(320, 213), (640, 427), (900, 600)]),
        ((640, 640), [(320, 320), (640, 640)]),
        ((321, 100), [(320, 100), (321, 100)]),
        ((64, 64), [(64, 64)]),
        ((1, 9000), [(1, 2560)]),
        ((9000, 1), [(320, 1), (640, 1), (1280, 1)]),
        ((2000, 8000), [(320, 1280), (640, 2560)]),
    ],
)
def test_no_rendition_is_wider_than_the_original(
    size: tuple[int, int], sizes: list[tuple[int, int]]
) -> None:
    recoded = recode(photograph(*size))

    assert recoded.sizes == tuple(Size(*each) for each in sizes)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright(form: str, orientation: int) -> None:
    """Red above, blue below, whichever way the camera was held (EXIF 2.3, tag 274)."""
    upright = Image.new("RGB", (600, 400), RED)
    upright.paste(BLUE, (0, 200, 600, 400))
    upright.paste(WHITE, (0, 0, 100, 100))
    held = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    stored = upright if held is None else upright.transpose(Image.Transpose(held))

    recoded = recode(written(stored, form, exif=exif(orientation=orientation)))

    assert recoded.sizes[-1] == Size(600, 400)
    for picture in (opened(recoded, "jpg"), opened(recoded, "webp")):
        assert is_like(picture.getpixel((300, 100)), RED)
        assert is_like(picture.getpixel((300, 300)), BLUE)
        assert is_like(picture.getpixel((50, 50)), WHITE)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_a_picture_says_of_itself_is_gone(form: str) -> None:
    original = talkative(form)
    assert any(secret in original for secret in SECRETS)

    recoded = recode(original)

    for body in recoded.files.values():
        with Image.open(io.BytesIO(body)) as picture:
            assert not picture.getexif()
            assert picture.info.keys().isdisjoint({"icc_profile", "exif", "xmp", "comment"})
        assert not any(secret in body for secret in SECRETS)


def test_a_photograph_with_a_profile_stands_upright_too() -> None:
    lying = Image.new("RGB", (60, 30), RED)
    original = written(lying, "JPEG", exif=exif(orientation=6), icc_profile=swapped_profile())

    assert recode(original).sizes == (Size(30, 60),)


def test_colours_are_those_that_the_profile_means() -> None:
    swapped = written(Image.new("RGB", (40, 30), RED), "PNG", icc_profile=swapped_profile())

    assert is_like(opened(recode(swapped), "jpg").getpixel((3, 3)), GREEN)


def test_printers_colours_and_sixteen_bits_look_as_they_should() -> None:
    assert is_like(opened(recode(GOOD["CMYK JPEG"]), "jpg").getpixel((3, 3)), GREEN)
    assert is_like(opened(recode(GOOD["PNG of 16 bits"])).getpixel((3, 3)), (155, 155, 155))


def test_what_is_transparent_is_white_where_nothing_can_be_transparent() -> None:
    recoded = recode(with_palette())

    assert opened(recoded, "webp").mode == "RGBA"
    assert opened(recoded, "webp").getpixel((3, 3))[3] == 0  # type: ignore[index]
    assert is_like(opened(recoded, "jpg").getpixel((3, 3)), WHITE)
    assert is_like(opened(recoded, "jpg").getpixel((36, 3)), GREEN)


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_shown(form: str) -> None:
    assert is_like(opened(recode(animated(form)), "jpg").getpixel((3, 3)), RED)


def test_the_program_may_use_only_so_much_of_the_machine() -> None:
    """Run as it is, with less memory than decoding takes: it gives up, and says nothing."""
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), *map(str, WIDTHS)],
        input=GOOD["PNG of 40 megapixels"], capture_output=True, env={}, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**27, 2**27)),
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (1, b"")


ANSWER = b'{"renditions":[[40,30,"webp",6],[40,30,"jpg",5]]}\nRIFF00\xff\xd8\xff00'


def test_a_proper_answer_is_understood() -> None:
    recoded = read_answer(ANSWER)

    assert recoded is not None
    assert recoded.sizes == (Size(40, 30),)
    assert recoded.files == {(40, "webp"): b"RIFF00", (40, "jpg"): b"\xff\xd8\xff00"}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        b"{}\n",
        ANSWER + b"0",
        ANSWER[:-1],
        ANSWER.replace(b"RIFF", b"<svg"),
        ANSWER.replace(b"\xff\xd8\xff", b"<sv"),
        ANSWER.replace(b'"webp"', b'"jpg"'),
        ANSWER.replace(b'"webp"', b'"svg"'),
        ANSWER.replace(b"40,30", b"40,31", 1),
        ANSWER.replace(b"40,30", b"41,30", 1),
        ANSWER.replace(b"40", b"1281"),
        ANSWER.replace(b"30", b"2561"),
        ANSWER.replace(b"40", b"-1"),
        ANSWER.replace(b"40", b"4e1"),
        ANSWER.replace(b'[40,30,"webp",6],', b""),
        ANSWER.replace(b'{"r', b'{"x":1,"r'),
        ANSWER.replace(b"[[", b"[" * 1500),
        ANSWER.replace(b"{", b"{" + b" " * 3000),
        ANSWER.replace(b",6", b",99999999999999999999"),
        msgspec.json.encode({"renditions": [[40, 30, "webp", 0], [40, 30, "jpg", 0]]}) + b"\n",
    ],
)
def test_an_answer_that_is_not_just_as_it_should_be_counts_for_nothing(answer: bytes) -> None:
    assert read_answer(answer) is None


async def test_pictures_are_recoded_a_few_at_a_time_and_a_crowd_is_told_to_come_again() -> None:
    recoders = Recoders(most=6)
    files = [encoded("PNG", (300 + number, 200)) for number in range(8)]

    outcomes = await asyncio.gather(*map(recoders.recode, files), return_exceptions=True)
    again = await recoders.recode(files[7])

    refused = [each for each in outcomes if isinstance(each, Unavailable)]
    made = [each for each in outcomes if isinstance(each, Recoded)]
    assert [each.retry_after for each in refused] == [3, 3]
    assert [each.sizes[-1].width for each in made] == [300, 301, 302, 303, 304, 305]
    assert again is not None
    assert again.sizes[-1].width == 307


async def test_files_that_wait_may_be_large_but_not_many() -> None:
    recoders = Recoders()
    file = HOSTILE["zeros"] + bytes(10 * 2**20 - 5000)

    outcomes = await asyncio.gather(
        *(recoders.recode(file) for _ in range(8)), return_exceptions=True
    )

    assert [isinstance(each, Unavailable) for each in outcomes] == [False] * 6 + [True] * 2
