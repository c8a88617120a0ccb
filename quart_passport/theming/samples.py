"""Passports to try a theme with: ordinary ones, and the oddest that a PIM may lead to.

The merchants and products are invented.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from quart_passport.passport.model import (
    Choice,
    Date,
    Field,
    Identity,
    Language,
    Measure,
    Money,
    Number,
    Option,
    Passport,
    Picture,
    Price,
    RichText,
    Section,
    Text,
    Value,
    YesNo,
)
from quart_passport.passport.sanitise import plain_text, sanitise

_ENGLISH = Language("en_GB", "en-GB", "English", "ltr")
_GERMAN = Language("de_DE", "de-DE", "Deutsch", "ltr")
_FRENCH = Language("fr_FR", "fr-FR", "Français", "ltr")
_ARABIC = Language("ar_EG", "ar-EG", "العربية", "rtl")
_CHANGED = datetime(2026, 9, 14, 7, 30, tzinfo=UTC)
_MARKUP = "\"><script>alert(1)</script>{{ 7*7 }}{% raw %}&amp;'</style>--><b>"


def _field(label: str, value: Value | str, code: str = "") -> Field:
    value = Text(value) if isinstance(value, str) else value
    return Field(code or label.lower().replace(" ", "_"), Text(label), value)


def _section(key: str, title: str, *fields: Field) -> Section:
    return Section(key, Text(title), fields)


def _number(text: str) -> Number:
    return Number(Decimal(text.replace(",", ".")), text)


def _measure(text: str, unit: str) -> Measure:
    amount = text.split()[0].replace(".", "").replace(",", ".") if "," in text else text.split()[0]
    return Measure(Decimal(amount), unit, text)


def _choice(*labels: str) -> Choice:
    options = tuple(Option(label.lower(), Text(label)) for label in labels)
    return Choice(options, ", ".join(labels))


def _rich(html: str) -> RichText:
    return RichText(sanitise(html), plain_text(html))


JUMPER = Passport(
    identity=Identity(
        UUID("6f0c1f0e-4a1e-4c59-9a0e-1f6f0d3a7b11"),
        identifier="NL-TROYER-042-M",
        gtin="04012345678901",
        lot="2026-W31",
    ),
    language=_GERMAN,
    languages=(_GERMAN, _ENGLISH, _FRENCH),
    brand="Nordlicht Strickwerk",
    title=Text("Troyer aus Merinowolle „Hallig“"),
    picture=Picture("j/jumper.png", "hallig.png", "Grüner Troyer mit Reißverschluss am Kragen"),
    category=Text("Strickwaren"),
    sections=(
        _section(
            "material",
            "Material",
            _field("Zusammensetzung", "85\u00a0% Merinowolle, 15\u00a0% recyceltes Polyamid"),
            _field("Wollanteil (%)", _number("85")),
            _field("Rezyklatanteil (%)", _number("15")),
            _field("Flächengewicht", _measure("420 g/m²", "GRAM_PER_SQUARE_METER")),
            _field("Farbe", _choice("Waldgrün")),
            _field("Gewicht", _measure("0,640 kg", "KILOGRAM")),
            _field("Enthält nichttextile Teile tierischen Ursprungs", YesNo(False, "Nein")),
        ),
        _section(
            "herkunft",
            "Herkunft",
            _field("Hersteller", "Nordlicht Strickwerk GmbH\nDeichstraße 7\n25899 Niebüll"),
            _field("Wolle aus", "Patagonien, Argentinien"),
            _field("Gestrickt in", _choice("Portugal")),
            _field("Hergestellt am", Date(date(2026, 8, 2), "2. August 2026")),
        ),
        _section(
            "pflege",
            "Pflege und Reparatur",
            _field("Pflegesymbole", _choice("Wollwaschgang", "Nicht bleichen", "Liegend trocknen")),
            _field("Höchste Waschtemperatur", _measure("30 °C", "CELSIUS")),
            _field(
                "So bleibt er lange schön",
                _rich(
                    "<p>Lüften genügt meist. Gewaschen wird er <strong>selten und kalt</strong>, "
                    "auf links, mit einem Mittel für Wolle.</p><ul><li>Nicht wringen</li>"
                    "<li>In Form ziehen und liegend trocknen</li><li>Pilling mit dem Kamm lösen"
                    "</li></ul><p>Anleitung: <a href='https://nordlicht.example/pflege'>"
                    "nordlicht.example/pflege</a></p>"
                ),
            ),
            _field("Etikett", Picture("j/jumper-label.png", "etikett.png", "Eingenähtes Etikett")),
            _field("Reparatur durch den Hersteller", YesNo(True, "Ja")),
            _field("Stopfgarn in Originalfarbe", _measure("10 Jahre", "YEAR")),
        ),
        _section(
            "umwelt",
            "Umwelt",
            _field("CO₂-Fußabdruck bis zum Werkstor", _measure("18,4 kg CO₂e", "KILOGRAM_CO2E")),
            _field("Wassersparend gefärbt", YesNo(True, "Ja")),
            _field("Zertifikate", _choice("RWS", "GRS", "OEKO-TEX Standard 100")),
        ),
        _section(
            "ende",
            "Wenn Sie ihn nicht mehr tragen",
            _field("Rücknahme", _rich("<p>Senden Sie ihn frei ein, wir garnen neu aus.</p>")),
            _field(
                "Preis bei Rückgabe",
                Money((Price(Decimal("12"), "EUR", "12,00 €"),), "12,00 €"),
            ),
        ),
    ),
    updated=_CHANGED,
)

BATTERY = Passport(
    identity=Identity(
        UUID("2b5c9d7e-0b8d-4f27-8c55-0d8a1d6e4c02"),
        identifier="VLT-PACK-750",
        gtin="09506000134352",
        serial="VL26-0009-4471",
    ),
    language=_ENGLISH,
    languages=(_ENGLISH, _GERMAN),
    brand="Veloria",
    title=Text("PowerPack 750 frame battery"),
    picture=Picture("b/battery.png", "powerpack-750.png", "A black battery, 40 cm long"),
    category=Text("LMT battery"),
    sections=(
        _section(
            "general",
            "General information",
            _field("Manufacturer", "Veloria Energy B.V.\nHavenweg 12, 9723 Groningen, Netherlands"),
            _field("Manufacturing place", "Groningen, Netherlands"),
            _field("Manufacturing date", Date(date(2026, 3, 9), "9 March 2026")),
            _field("Battery category", _choice("Light means of transport (LMT)")),
            _field("Weight", _measure("3.9 kg", "KILOGRAM")),
            _field("Status", _choice("Original")),
            _field("Warranty", _measure("5 years", "YEAR")),
        ),
        _section(
            "chemistry",
            "Chemistry and materials",
            _field("Chemistry", "Lithium nickel manganese cobalt oxide (NMC 811)"),
            _field("Critical raw materials", _choice("Cobalt", "Lithium", "Graphite", "Nickel")),
            _field("Hazardous substances", "Lithium hexafluorophosphate (CAS 21324-40-3)"),
            _field("Recycled cobalt (%)", _number("16.5")),
            _field("Recycled lithium (%)", _number("6")),
            _field("Recycled nickel (%)", _number("8.2")),
            _field("Recycled lead (%)", _number("0")),
        ),
        _section(
            "performance",
            "Performance and durability",
            _field("Rated capacity", _measure("20.1 Ah", "AMPERE_HOUR")),
            _field("Energy", _measure("750 Wh", "WATTHOUR")),
            _field("Nominal voltage", _measure("36 V", "VOLT")),
            _field("Minimum voltage", _measure("30 V", "VOLT")),
            _field("Maximum voltage", _measure("42 V", "VOLT")),
            _field("Power capability", _measure("860 W", "WATT")),
            _field("Expected lifetime", "1 000 cycles to 70 % of capacity"),
            _field("Round-trip efficiency (%)", _number("95.4")),
            _field("Internal resistance", _measure("68 mΩ", "MILLIOHM")),
            _field("Operating temperature", "−10 °C to +45 °C"),
        ),
        _section(
            "carbon",
            "Carbon footprint",
            _field("Per kilowatt hour", _measure("61 kg CO₂e", "KILOGRAM_CO2E")),
            _field("Performance class", _choice("B")),
            _field("Study", _rich("<p><a href='https://veloria.example/lca'>Life cycle</a></p>")),
        ),
        _section(
            "end",
            "Repair and end of life",
            _field("Separate collection", YesNo(True, "Yes")),
            _field(
                "Removal from the frame",
                _rich("<ol><li>Switch off.</li><li>Unlock.</li><li>Tilt to the left.</li></ol>"),
            ),
            _field("Spare parts", "parts@veloria.example"),
            _field("Extinguishing agent", "Water, plenty of it"),
        ),
    ),
    updated=_CHANGED,
)

BARE = Passport(
    identity=Identity(UUID("00000000-0000-4000-8000-000000000001")),
    language=_ENGLISH,
    languages=(_ENGLISH,),
    brand="",
    title=Text("Bolt"),
    picture=None,
    category=None,
    sections=(),
    updated=None,
)

COFFEE_POT = Passport(
    identity=Identity(
        UUID("ab1f1b5e-8a6d-4f0b-9f55-6f7a7c9d0e03"), identifier="DAL-110", gtin="06223000111116"
    ),
    language=_ARABIC,
    languages=(_ARABIC, _ENGLISH, _FRENCH),
    brand="بيت النحاس",
    title=Text("دلّة قهوة نحاسية"),
    picture=Picture("c/pot.png", "pot.png", "دلّة نحاسية بمقبض خشبي"),
    category=Text("أدوات المطبخ"),
    sections=(
        _section(
            "materials",
            "المواد",
            _field("المادة الأساسية", "نحاس أحمر ٩٩٫٩٪"),
            _field("الوزن", _measure("1.2 كغم", "KILOGRAM")),
            Field("lining", Text("Lining", lang="en"), Text("Tin, food grade", lang="en")),
        ),
        _section(
            "care",
            "العناية",
            _field("التنظيف", _rich("<p>تُغسل باليد بماء <strong>فاتر</strong> وتُجفَّف فورًا.</p>")),
            _field("آمنة في غسالة الصحون", YesNo(False, "لا")),
            _field("الضمان", Date(date(2028, 1, 31), "٣١ يناير ٢٠٢٨")),
        ),
    ),
    updated=_CHANGED,
)

_LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
_UNBROKEN = "x" * 300

LONG_WORDS = replace(
    JUMPER,
    identity=replace(JUMPER.identity, identifier="ID-" + "0123456789" * 12, serial="S" * 20),
    brand=_LONG + " & Söhne",
    title=Text(f"{_LONG} {_LONG}"),
    category=Text(_LONG),
    sections=(
        _section(
            "lang",
            _LONG * 2,
            _field(_LONG, _LONG),
            _field("Link", f"https://beispiel.example/{_UNBROKEN}"),
            _field(_UNBROKEN, _number("3")),
            _field("Auswahl", _choice(_UNBROKEN, _LONG, "kurz")),
            _field("Text", _rich(f"<p>{_UNBROKEN}</p>")),
            _field("Tabelle", _rich(f"<table><tr><td>{_UNBROKEN}</td><td>b</td></tr></table>")),
        ),
    ),
)

HOSTILE = replace(
    BATTERY,
    identity=replace(BATTERY.identity, identifier=_MARKUP, lot="<script>", serial="<script>"),
    brand=_MARKUP,
    title=Text(_MARKUP),
    picture=Picture(_MARKUP, _MARKUP, _MARKUP),
    category=Text(_MARKUP),
    sections=(
        _section(
            "hostile",
            _MARKUP,
            _field(_MARKUP, _MARKUP, "text"),
            _field(_MARKUP, _choice(_MARKUP, "ok"), "choice"),
            _field(_MARKUP, Number(Decimal(1), _MARKUP), "number"),
            _field(_MARKUP, Measure(Decimal(1), "KG", _MARKUP), "measure"),
            _field(_MARKUP, Date(date(2026, 1, 1), _MARKUP), "date"),
            _field(_MARKUP, YesNo(True, _MARKUP), "yes_no"),
            _field(
                _MARKUP,
                Money(
                    (
                        Price(Decimal(1), "EUR", _MARKUP),
                        Price(Decimal(2), "USD", "2 $"),
                    ),
                    _MARKUP,
                ),
                "money",
            ),
            _field(
                _MARKUP,
                Picture(_MARKUP, _MARKUP, _MARKUP),
                "picture",
            ),
            _field(_MARKUP, _rich("<p onclick=x>hi<script>alert(1)</script></p>"), "rich"),
        ),
    ),
)

SAMPLES: dict[str, Passport] = {
    "jumper": JUMPER,
    "battery": BATTERY,
    "bare": BARE,
    "coffee-pot": COFFEE_POT,
    "long-words": LONG_WORDS,
    "hostile": HOSTILE,
}
