"""Which files a passport shows: what may be asked for, and nothing else."""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from uuid import UUID

from quart_passport.cache.store import Scope
from quart_passport.passport.languages import languages_of
from quart_passport.passport.model import (
    Collection,
    Composition,
    Document,
    Field,
    Passport,
    PassportLink,
    PassportLinks,
    Picture,
    Records,
    Table,
    Value,
)
from quart_passport.publishing.passports import Publication

File = Picture | Document

DIGEST_BYTES = 16
# Seconds; as long as a page is remembered that shows the files.
_REMEMBERED = 1.0
_MOST_REMEMBERED = 200


class ShownFiles:
    """The files of one product's passport, in any of its languages."""

    def __init__(self, publication: Publication) -> None:
        self._files = _files_in_any_language(publication)
        self._found: dict[bytes, File] = {}

    def find(self, digest: bytes) -> File | None:
        """The file that a digest names; None if the passport does not show it."""
        while digest not in self._found:
            file = next(self._files, None)
            if file is None:
                return None
            self._found.setdefault(digest_of(file), file)
        return self._found[digest]


class ShownLately:
    """What the passports showed that were asked for a moment ago.

    A page's pictures are asked for all at once, right after it.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[Scope, UUID], ShownFiles] = {}

    def find(self, scope: Scope, product: UUID) -> ShownFiles | None:
        """The files of a product, if they are remembered."""
        return self._kept.get((scope, product))

    def remember(self, scope: Scope, publication: Publication) -> ShownFiles:
        """The files of a publication, from now on remembered for a moment."""
        files = ShownFiles(publication)
        if len(self._kept) < _MOST_REMEMBERED:
            key = scope, publication.product.uuid
            self._kept[key] = files
            seconds = min(_REMEMBERED, publication.remaining)
            asyncio.get_running_loop().call_later(seconds, self._drop, key, files)
        return files

    def _drop(self, key: tuple[Scope, UUID], files: ShownFiles) -> None:
        if self._kept.get(key) is files:
            del self._kept[key]


def digest_of(file: File) -> bytes:
    """Names a file, and what it is shown as, without saying where it is kept."""
    named = f"{file.kind}:{file.source}:{file.media}"
    return hashlib.sha256(named.encode()).digest()[:DIGEST_BYTES]


def files_of(passport: Passport) -> Iterator[File]:
    """Every picture and document, the main picture first, then in the order of the page."""
    if passport.picture:
        yield passport.picture
    for section in passport.sections:
        yield from _in_fields(section.fields)
    yield from _in_links(passport.variants)
    for association in passport.associations:
        yield from _in_links(association.links)


def pictures_of(passport: Passport) -> Iterator[Picture]:
    """Every picture, in the same order."""
    return (file for file in files_of(passport) if isinstance(file, Picture))


def _files_in_any_language(publication: Publication) -> Iterator[File]:
    for language in languages_of(publication.config):
        yield from files_of(publication.passport_in(language))


def _in_fields(fields: Iterable[Field]) -> Iterator[File]:
    for field in fields:
        yield from _in_value(field.value)


def _in_links(links: Iterable[PassportLink]) -> Iterator[File]:
    for link in links:
        yield from _in_fields(link.axes)


def _in_value(value: Value | None) -> Iterator[File]:
    match value:
        case Picture() | Document():
            yield value
        case Collection(items=items):
            for item in items:
                yield from _in_value(item)
        case Records(records=records):
            for record in records:
                yield from _in_value(record.picture)
                yield from _in_fields(record.fields)
        case Table(rows=rows):
            for row in rows:
                for cell in row:
                    yield from _in_value(cell)
        case Composition(shares=shares):
            for share in shares:
                yield from _in_fields(share.fields)
        case PassportLinks(links=links):
            yield from _in_links(links)
