"""The oddest passports that a PIM may lead to: endless words, crowds, no names, hostile markup."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from quart_passport.passport.model import (
    Association,
    Choice,
    Column,
    Composition,
    Date,
    Document,
    Field,
    Link,
    Measure,
    Money,
    Number,
    Option,
    Picture,
    Price,
    Share,
    Table,
    Text,
    YesNo,
)
from quart_passport.theming.samples.making import (
    association,
    choice,
    collection,
    composition,
    document,
    field,
    number,
    passport_link,
    passports,
    record,
    records,
    rich,
    section,
    share,
    table,
)
from quart_passport.theming.samples.ordinary import BATTERY, JUMPER

_LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
_UNBROKEN = "x" * 300
_SENTENCE = "Geprüft nach den Regeln, die für das ganze Werk gelten, einschließlich der Lager. "
_MARKUP = "\"><script>alert(1)</script>{{ 7*7 }}{% raw %}&amp;'</style>--><b>"
_MARKED = Text(_MARKUP)

LONG_WORDS = replace(
    JUMPER,
    identity=replace(JUMPER.identity, identifier="ID-" + "0123456789" * 12, serial="S" * 20),
    brand=_LONG + " & Söhne",
    title=Text(f"{_LONG} {_LONG}"),
    category=Text(_LONG),
    sections=(
        section(
            "lang",
            _LONG * 2,
            field(_LONG, _LONG),
            field("Link", f"https://beispiel.example/{_UNBROKEN}"),
            field(_UNBROKEN, number("3")),
            field("Auswahl", choice(_UNBROKEN, _LONG, "kurz")),
            field("Text", rich(f"<p>{_UNBROKEN}</p>")),
            field("Tabelle", rich(f"<table><tr><td>{_UNBROKEN}</td><td>b</td></tr></table>")),
        ),
        section(
            "teile",
            "Teile",
            field(
                "Hersteller",
                records(
                    record(_LONG, field(_LONG, _UNBROKEN), field("Text", _SENTENCE * 5)),
                    record(_UNBROKEN, picture=Picture("l/1.jpg", "1.jpg", _UNBROKEN)),
                ),
            ),
            field("Kurz genannt", records(record(_LONG), record(_UNBROKEN))),
            field(
                "Dateien",
                collection(
                    document("l/2.pdf", _UNBROKEN),
                    Link(f"https://beispiel.example/{_UNBROKEN}", _UNBROKEN),
                    Text(_UNBROKEN),
                ),
            ),
            field("Datei", document("l/3.pdf", _LONG)),
            field(
                "Prüfungen",
                table(
                    f"{_LONG}|#{_UNBROKEN}|Kurz",
                    (_LONG, number("1" * 40), "ja"),
                    (_UNBROKEN, None, _SENTENCE * 4),
                ),
            ),
            field("Anteile", composition(share(_UNBROKEN, "60", field(_LONG, _UNBROKEN)))),
            field("Passt zu", passports(passport_link(_UNBROKEN, "LANG-1"))),
        ),
    ),
    variants=(passport_link(_LONG * 2, "LANG-2", field(_LONG, _UNBROKEN)),),
    associations=(association(_LONG, passport_link(_UNBROKEN, "LANG-3", quantity="1000000")),),
)

CROWDED = replace(
    BATTERY,
    sections=(
        section(
            "measurements",
            "Measurements",
            field(
                "Sixty cells",
                table(
                    "Cell|#V|#Ah|#mΩ|#°C|#g|#Cycles|#mm|Remark|Tested by",
                    *(
                        (
                            f"Cell {row}",
                            *(number(f"{row * column / 7:.2f}") for column in range(1, 8)),
                            _SENTENCE if row % 9 == 0 else None,
                            None if row % 2 else "Laboratory",
                        )
                        for row in range(1, 61)
                    ),
                ),
            ),
            field("One cell", table("Only", ("one",))),
        ),
        section(
            "media",
            "Media",
            field(
                "Forty pictures",
                collection(
                    *(
                        Picture(f"{'new' if n % 3 else 'c'}/{n}.jpg", f"{n}.jpg", f"View {n}")
                        for n in range(1, 41)
                    )
                ),
            ),
            field(
                "Thirty documents",
                collection(*(document(f"c/{n}.pdf", f"Test report {n}") for n in range(1, 31))),
            ),
        ),
        section(
            "partners",
            "Partners",
            field(
                "Suppliers",
                records(
                    *(
                        record(f"Supplier {n}", field("Country", choice("Norway", "Chile")))
                        for n in range(1, 13)
                    )
                ),
            ),
            field("Also", records(*(record(f"Partner {n}") for n in range(1, 41)))),
        ),
    ),
    variants=tuple(
        passport_link(
            f"PowerPack {size} frame battery",
            f"VLT-PACK-{size}-{colour}",
            field("Energy (Wh)", number(str(size))),
            field("Colour", choice(colour)),
        )
        for size in (400, 500, 625, 900)
        for colour in ("Black", "Silver", "Moss green")
    ),
    associations=tuple(
        association(
            name, *(passport_link(f"{name} {n}", f"{name}-{n}", quantity=str(n)) for n in range(25))
        )
        for name in ("Spare parts", "Accessories", "Tools")
    ),
)

_NOTHING = Text("")

# A label that is missing in every language reaches a theme as its code in brackets; an empty one
# is a fault of the PIM's data, and still no reason for an empty heading.
NAMELESS = replace(
    BATTERY,
    brand="",
    picture=None,
    category=None,
    sections=(
        section(
            "nameless",
            "Names",
            Field("no_label", _NOTHING, Text("A value without a label")),
            Field(
                "options", _NOTHING, Choice((Option("o1", _NOTHING), Option("o2", _NOTHING)), "")
            ),
            field("Record", records(record(_NOTHING, code="iso_9001"))),
            field("Records", records(record(_NOTHING, field("Since", "2019"), code="iso_14001"))),
            field("Document", Document("n/1.pdf", "1.pdf", "", "")),
            field("Link", Link("https://veloria.example/unnamed", "")),
            field("Several", collection(document("n/2.pdf", ""), Picture("n/3.jpg", "3.jpg", ""))),
            field(
                "Table",
                Table(
                    (Column("part", _NOTHING), Column("mass", _NOTHING, is_numeric=True)),
                    ((Text("Cell"), number("3")), (None, None)),
                    "Cell, 3",
                ),
            ),
            field("Shares", Composition((Share("steel", _NOTHING, Decimal(0), "0%"),), "0%")),
            field("Products", passports(passport_link(_NOTHING, "NO-TITLE-1"))),
        ),
    ),
    variants=(passport_link(_NOTHING, "NO-TITLE-2", Field("size", _NOTHING, Text("L"))),),
    associations=(Association("PARTS", _NOTHING, (passport_link(_NOTHING, "NO-TITLE-3"),)),),
)

HOSTILE = replace(
    BATTERY,
    identity=replace(BATTERY.identity, identifier=_MARKUP, lot="<script>", serial="<script>"),
    brand=_MARKUP,
    title=_MARKED,
    picture=Picture(_MARKUP, _MARKUP, _MARKUP),
    category=_MARKED,
    sections=(
        section(
            "hostile",
            _MARKUP,
            field(_MARKUP, _MARKUP, "text"),
            field(_MARKUP, choice(_MARKUP, "ok"), "choice"),
            field(_MARKUP, Number(Decimal(1), _MARKUP), "number"),
            field(_MARKUP, Measure(Decimal(1), "KG", _MARKUP), "measure"),
            field(_MARKUP, Date(date(2026, 1, 1), _MARKUP), "date"),
            field(_MARKUP, YesNo(True, _MARKUP), "yes_no"),
            field(
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
            field(_MARKUP, Picture(_MARKUP, _MARKUP, _MARKUP), "picture"),
            field(_MARKUP, rich("<p onclick=x>hi<script>alert(1)</script></p>"), "rich"),
            field(_MARKUP, Document(_MARKUP, _MARKUP, _MARKUP, _MARKUP), "document"),
            field(_MARKUP, Link("https://evil.example/?a=1&copy=2", _MARKUP), "link"),
            field(
                _MARKUP,
                collection(
                    Picture(f"1{_MARKUP}", _MARKUP, _MARKUP),
                    Document(f"2{_MARKUP}", _MARKUP, _MARKUP, _MARKUP),
                    Link("https://evil.example/?a=2&amp;b", _MARKUP),
                    _MARKED,
                ),
                "collection",
            ),
            field(
                _MARKUP,
                records(
                    record(_MARKUP, field(_MARKUP, _MARKUP), picture=Picture("3", _MARKUP, _MARKUP))
                ),
                "record",
            ),
            field(_MARKUP, records(record(_MARKUP)), "named"),
            field(
                _MARKUP,
                table(f"{_MARKUP}|#{_MARKUP}", (_MARKUP, Number(Decimal(2), _MARKUP))),
                "table",
            ),
            field(_MARKUP, composition(share(_MARKUP, "5", field(_MARKUP, _MARKUP))), "shares"),
            field(_MARKUP, passports(passport_link(_MARKUP, _MARKUP)), "passports"),
        ),
    ),
    variants=(passport_link(_MARKUP, f"1{_MARKUP}", field(_MARKUP, _MARKUP)),),
    associations=(association(_MARKUP, passport_link(_MARKUP, f"2{_MARKUP}", quantity="2")),),
)
