"""Pages that are remembered in the process: until when, for whom, and how many."""

from quart_passport.cache.pages import PageMemory, RememberedPage
from quart_passport.passport.model import Language

GERMAN = Language(locale="de_DE", tag="de-DE", name="Deutsch", direction="ltr")
FRENCH = Language(locale="fr_FR", tag="fr-FR", name="Français", direction="ltr")
PATH = b"/t/a/p/1"


class Clock:
    """Time that passes when it is told to, in seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def _page(body: bytes = b"page", expires: float = 101.0) -> RememberedPage:
    return RememberedPage(headers=(), body=body, etag="e", expires=expires)


def test_a_page_is_found_until_its_time_is_over() -> None:
    clock = Clock()
    memory = PageMemory(clock=clock)
    memory.keep(PATH, (GERMAN,), "de", _page(expires=101.0))

    clock.now = 100.99
    assert memory.find(PATH, "de") is not None

    clock.now = 101.0
    assert memory.find(PATH, "de") is None


def test_a_page_whose_time_is_over_already_is_not_kept() -> None:
    memory = PageMemory(clock=Clock())

    memory.keep(PATH, (GERMAN,), "de", _page(expires=100.0))

    assert memory.size == 0


def test_pages_are_told_apart_by_path_and_variant() -> None:
    memory = PageMemory(clock=Clock())
    memory.keep(PATH, (GERMAN,), "de", _page())

    assert memory.find(PATH, "fr") is None
    assert memory.find(b"/t/b/p/1", "de") is None


def test_other_languages_on_offer_make_the_old_pages_forgotten() -> None:
    memory = PageMemory(clock=Clock())
    memory.keep(PATH, (GERMAN,), "de", _page())

    memory.keep(PATH, (GERMAN, FRENCH), "fr", _page())

    assert memory.languages_at(PATH) == (GERMAN, FRENCH)
    assert memory.find(PATH, "de") is None
    assert memory.find(PATH, "fr") is not None


def test_what_was_asked_for_least_recently_goes_first() -> None:
    memory = PageMemory(most_bytes=10_000, clock=Clock())
    for name in (b"/1", b"/2", b"/3"):
        memory.keep(name, (GERMAN,), "de", _page(b"x" * 1000))
    memory.find(b"/1", "de")

    memory.keep(b"/4", (GERMAN,), "de", _page(b"x" * 1000))

    kept = [name for name in (b"/1", b"/2", b"/3", b"/4") if memory.find(name, "de")]
    assert kept == [b"/1", b"/3", b"/4"]


def test_however_many_pages_come_the_memory_stays_within_its_bound() -> None:
    clock = Clock()
    memory = PageMemory(most_bytes=100_000, clock=clock)

    for number in range(1000):
        clock.now += 0.1
        page = _page(b"x" * (number * 37 % 5000), clock.now + 1)
        memory.keep(b"/%d" % (number % 90), (GERMAN,), f"v{number % 7}", page)

        assert memory.size <= 100_000


def test_a_page_larger_than_all_room_is_not_kept() -> None:
    memory = PageMemory(most_bytes=10_000, clock=Clock())

    memory.keep(PATH, (GERMAN,), "de", _page(b"x" * 20_000))

    assert (memory.find(PATH, "de"), memory.size) == (None, 0)
