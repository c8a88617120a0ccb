"""The passport as schema.org data in JSON-LD, for machines that read the page.

A link with a serial speaks of an IndividualProduct, one with a lot of SomeProducts. Numbers are
JSON numbers with all their digits, units have their UN/ECE Recommendation 20 code.
"""

from typing import Any

import msgspec
from markupsafe import Markup

from quart_passport.passport.model import (
    Choice,
    Date,
    Field,
    Level,
    Measure,
    Number,
    Passport,
    Picture,
    Text,
    YesNo,
)
from quart_passport.passport.sanitise import script_data

_TYPES = {Level.MODEL: "Product", Level.BATCH: "SomeProducts", Level.ITEM: "IndividualProduct"}
_encoder = msgspec.json.Encoder(decimal_format="number")


def describe(passport: Passport, *, url: str, picture_url: str | None = None) -> dict[str, Any]:
    """The passport as a schema.org Product; both addresses are absolute."""
    identity, tag = passport.identity, passport.language.tag
    parts = {
        "@context": ["https://schema.org", {"@language": tag}],
        "@type": _TYPES[identity.level],
        "@id": url,
        "url": url,
        "name": _said(passport.title),
        "sku": identity.identifier,
        "gtin14": identity.gtin,
        "serialNumber": identity.serial,
        "brand": {"@type": "Brand", "name": passport.brand} if passport.brand else None,
        "image": picture_url,
        "category": _said(passport.category) if passport.category else None,
        "additionalProperty": _properties(passport),
        "hasGS1DigitalLink": url if identity.gtin else None,
        "hasDigitalProductPassport": _document(passport, url),
    }
    return {name: value for name, value in parts.items() if value}


def encode(data: dict[str, Any]) -> bytes:
    """The data as a JSON document."""
    return _encoder.encode(data)


def embed(data: dict[str, Any]) -> Markup:
    """The data as the content of a `<script type="application/ld+json">` element."""
    return script_data(encode(data).decode())


def _document(passport: Passport, url: str) -> dict[str, Any]:
    """The passport itself, which has a language and a date, as a product has not."""
    document = {
        "@type": "DigitalProductPassport",
        "url": url,
        "inLanguage": passport.language.tag,
    }
    if passport.updated:
        document["dateModified"] = passport.updated.isoformat()
    return document


def _properties(passport: Passport) -> list[dict[str, Any]]:
    identity = passport.identity
    numbers = [("variant", identity.variant), ("lot", identity.lot)]
    return [
        *(_named(name, name, value) for name, value in numbers if value),
        *(
            _property(field)
            for section in passport.sections
            for field in section.fields
            if not isinstance(field.value, Picture)
        ),
    ]


def _property(field: Field) -> dict[str, Any]:
    described = _named(field.code, _said(field.label), _value(field))
    if isinstance(field.value, Measure):
        unit = field.value.unece
        described |= {"unitCode": unit} if unit else {"unitText": field.value.unit}
    return described


def _named(code: str, name: Any, value: Any) -> dict[str, Any]:
    return {"@type": "PropertyValue", "propertyID": code, "name": name, "value": value}


def _value(field: Field) -> Any:
    match field.value:
        case Number(amount=amount) | Measure(amount=amount):
            return amount
        case Date(date=day):
            return day.isoformat()
        case YesNo(answer=answer):
            return answer
        case Choice(options=options):
            labels = [_said(option.label) for option in options]
            return labels if len(labels) > 1 else labels[0]
        case value:
            return _said(Text(value.text, getattr(value, "lang", None)))


def _said(text: Text) -> Any:
    """A text, marked with its language where that is not the document's."""
    return {"@value": text.text, "@language": text.lang} if text.lang else text.text
