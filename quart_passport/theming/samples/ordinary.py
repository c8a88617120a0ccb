"""Passports as merchants mean them: a garment, a battery, a coffee pot, and a bare bolt."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from quart_passport.passport.model import (
    Date,
    Field,
    Identity,
    Language,
    Link,
    Money,
    Passport,
    PassportLink,
    Picture,
    Price,
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
    measure,
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

ENGLISH = Language("en_GB", "en-GB", "English", "ltr")
GERMAN = Language("de_DE", "de-DE", "Deutsch", "ltr")
FRENCH = Language("fr_FR", "fr-FR", "Français", "ltr")
ARABIC = Language("ar_EG", "ar-EG", "العربية", "rtl")
CHANGED = datetime(2026, 9, 14, 7, 30, tzinfo=UTC)
_BATTERY_MATERIALS = (
    ("Nickel", "26.4"),
    ("Graphite", "17.2"),
    ("Aluminium", "14.05"),
    ("Copper", "9.8"),
    ("Steel", "8.1"),
    ("Electrolyte", "7.7"),
    ("Lithium", "3.95"),
    ("Manganese", "3.3"),
    ("Cobalt", "3.25"),
    ("Polycarbonate, glass-fibre reinforced", "2.9"),
    ("Silicone", "1.6"),
    ("Electronics", "1.2"),
    ("Fluorinated binders (PVDF)", "0.5"),
    ("Tin", "0.05"),
)


def _troyer(size: str, colour: str) -> PassportLink:
    axes = field("Größe", choice(size)), field("Farbe", choice(colour))
    return passport_link("Troyer aus Merinowolle „Hallig“", f"NL-TROYER-{size}-{colour}", *axes)


JUMPER = Passport(
    identity=Identity(
        UUID("6f0c1f0e-4a1e-4c59-9a0e-1f6f0d3a7b11"),
        identifier="NL-TROYER-042-M",
        gtin="04012345678901",
        lot="2026-W31",
    ),
    language=GERMAN,
    languages=(GERMAN, ENGLISH, FRENCH),
    brand="Nordlicht Strickwerk",
    title=Text("Troyer aus Merinowolle „Hallig“"),
    picture=Picture("j/jumper.png", "hallig.png", "Grüner Troyer mit Reißverschluss am Kragen"),
    category=Text("Strickwaren"),
    sections=(
        section(
            "material",
            "Material",
            field(
                "Zusammensetzung",
                composition(
                    share("Merinowolle", "82,5", field("Herkunft", "Patagonien"), mark=" %"),
                    share("Recyceltes Polyamid", "15", mark=" %"),
                    share("Elasthan", "2,5", mark=" %"),
                ),
            ),
            field("Rezyklatanteil (%)", number("15")),
            field("Flächengewicht", measure("420 g/m²", "GRAM_PER_SQUARE_METER")),
            field("Farbe", choice("Waldgrün")),
            field("Gewicht", measure("0,640 kg", "KILOGRAM")),
            field("Enthält nichttextile Teile tierischen Ursprungs", YesNo(False, "Nein")),
        ),
        section(
            "herkunft",
            "Herkunft",
            field(
                "Hersteller",
                records(
                    record(
                        "Nordlicht Strickwerk GmbH",
                        field("Anschrift", "Deichstraße 7\n25899 Niebüll"),
                        field("Land", choice("Deutschland")),
                        field("Gegründet", Date(date(1927, 4, 1), "1. April 1927")),
                        field("Website", Link("https://nordlicht.example/", "nordlicht.example")),
                        picture=Picture(
                            "new/nordlicht.png", "werk.png", "Das Werk hinter dem Deich"
                        ),
                    )
                ),
            ),
            field("Wolle aus", "Patagonien, Argentinien"),
            field("Gestrickt in", choice("Portugal")),
            field("Hergestellt am", Date(date(2026, 8, 2), "2. August 2026")),
            field(
                "Lieferkette",
                table(
                    "Schritt|Betrieb|Ort|#Weg (km)",
                    ("Schur", "Estancia La Querencia", "Río Gallegos", None),
                    ("Spinnerei", "Filatura Monterosa", "Biella", number("12480")),
                    ("Strickerei", "Malhas do Ave", "Guimarães", number("1902")),
                    ("Konfektion", "Nordlicht Strickwerk", "Niebüll", number("2415,5")),
                ),
            ),
        ),
        section(
            "pflege",
            "Pflege und Reparatur",
            field("Pflegesymbole", choice("Wollwaschgang", "Nicht bleichen", "Liegend trocknen")),
            field("Höchste Waschtemperatur", measure("30 °C", "CELSIUS")),
            field(
                "So bleibt er lange schön",
                rich(
                    "<p>Lüften genügt meist. Gewaschen wird er <strong>selten und kalt</strong>, "
                    "auf links, mit einem Mittel für Wolle.</p><ul><li>Nicht wringen</li>"
                    "<li>In Form ziehen und liegend trocknen</li><li>Pilling mit dem Kamm lösen"
                    "</li></ul><p>Anleitung: <a href='https://nordlicht.example/pflege'>"
                    "nordlicht.example/pflege</a></p>"
                ),
            ),
            field("Etikett", Picture("j/jumper-label.png", "etikett.png", "Eingenähtes Etikett")),
            field(
                "Ansichten",
                collection(
                    Picture("j/back.jpg", "ruecken.jpg", "Rückseite des Troyers"),
                    Picture("j/collar.jpg", "kragen.jpg", "Kragen mit geöffnetem Reißverschluss"),
                    Picture("new/cuff.jpg", "buendchen.jpg", "Geripptes Bündchen"),
                ),
            ),
            field(
                "Anleitungen",
                collection(
                    document("j/pflege.pdf", "Pflegeanleitung"),
                    document("j/repair.pdf", "Repair guide", lang="en"),
                    Link("https://nordlicht.example/stopfen", "Film: So wird gestopft"),
                ),
            ),
            field("Reparatur durch den Hersteller", YesNo(True, "Ja")),
            field("Stopfgarn in Originalfarbe", measure("10 Jahre", "YEAR")),
        ),
        section(
            "umwelt",
            "Umwelt",
            field("CO₂-Fußabdruck bis zum Werkstor", measure("18,4 kg CO₂e", "KILOGRAM_CO2E")),
            field("Wassersparend gefärbt", YesNo(True, "Ja")),
            field(
                "Zertifikate",
                records(
                    record(
                        "Responsible Wool Standard",
                        field("Nummer", "CU 1047213"),
                        field("Gültig bis", Date(date(2027, 5, 31), "31. Mai 2027")),
                        field("Urkunde", document("j/rws.pdf", "RWS-Zertifikat")),
                        picture=Picture("j/rws.png", "rws.png", "Zeichen des RWS"),
                    ),
                    record(
                        "OEKO-TEX Standard 100",
                        field("Nummer", "14.HDE.51872"),
                        field("Geprüft auf", choice("Azofarbstoffe", "Formaldehyd", "Nickel")),
                        picture=Picture("j/oeko.png", "oeko.png", "OEKO-TEX-Zeichen"),
                    ),
                ),
            ),
            field("Mitglied bei", records(record("Textilbündnis"), record("Fair Wear"))),
        ),
        section(
            "ende",
            "Wenn Sie ihn nicht mehr tragen",
            field("Rücknahme", rich("<p>Senden Sie ihn frei ein, wir garnen neu aus.</p>")),
            field(
                "Preis bei Rückgabe",
                Money((Price(Decimal("12"), "EUR", "12,00 €"),), "12,00 €"),
            ),
        ),
    ),
    updated=CHANGED,
    variants=(
        _troyer("S", "Waldgrün"),
        _troyer("L", "Waldgrün"),
        _troyer("M", "Nachtblau"),
        _troyer("L", "Nachtblau"),
    ),
    associations=(
        association(
            "Ersatzteile",
            passport_link("Reißverschluss, 18 cm", "NL-ZIP-18", quantity="1"),
            passport_link("Stopfgarn „Hallig“, 25 g", "NL-GARN-25", quantity="2"),
        ),
        association("Passt dazu", passport_link("Mütze „Pellworm“", "NL-MUETZE-7")),
    ),
)

BATTERY = Passport(
    identity=Identity(
        UUID("2b5c9d7e-0b8d-4f27-8c55-0d8a1d6e4c02"),
        identifier="VLT-PACK-750",
        gtin="09506000134352",
        serial="VL26-0009-4471",
    ),
    language=ENGLISH,
    languages=(ENGLISH, GERMAN),
    brand="Veloria",
    title=Text("PowerPack 750 frame battery"),
    picture=Picture("b/battery.png", "powerpack-750.png", "A black battery, 40 cm long"),
    category=Text("LMT battery"),
    sections=(
        section(
            "general",
            "General information",
            field("Manufacturer", "Veloria Energy B.V.\nHavenweg 12, 9723 Groningen, Netherlands"),
            field("Manufacturing place", "Groningen, Netherlands"),
            field("Manufacturing date", Date(date(2026, 3, 9), "9 March 2026")),
            field("Battery category", choice("Light means of transport (LMT)")),
            field("Weight", measure("3.9 kg", "KILOGRAM")),
            field("Status", choice("Original")),
            field("Warranty", measure("5 years", "YEAR")),
        ),
        section(
            "chemistry",
            "Chemistry and materials",
            field("Chemistry", "Lithium nickel manganese cobalt oxide (NMC 811)"),
            field(
                "Materials by weight",
                composition(*(share(name, percent) for name, percent in _BATTERY_MATERIALS)),
            ),
            field("Critical raw materials", choice("Cobalt", "Lithium", "Graphite", "Nickel")),
            field("Hazardous substances", "Lithium hexafluorophosphate (CAS 21324-40-3)"),
            field("Recycled cobalt (%)", number("16.5")),
            field("Recycled lithium (%)", number("6")),
            field("Recycled nickel (%)", number("8.2")),
            field("Recycled lead (%)", number("0")),
        ),
        section(
            "performance",
            "Performance and durability",
            field("Rated capacity", measure("20.1 Ah", "AMPERE_HOUR")),
            field("Energy", measure("750 Wh", "WATTHOUR")),
            field("Nominal voltage", measure("36 V", "VOLT")),
            field("Minimum voltage", measure("30 V", "VOLT")),
            field("Maximum voltage", measure("42 V", "VOLT")),
            field("Power capability", measure("860 W", "WATT")),
            field("Expected lifetime", "1 000 cycles to 70 % of capacity"),
            field("Round-trip efficiency (%)", number("95.4")),
            field("Internal resistance", measure("68 mΩ", "MILLIOHM")),
            field("Operating temperature", "−10 °C to +45 °C"),
        ),
        section(
            "carbon",
            "Carbon footprint",
            field("Per kilowatt hour", measure("61 kg CO₂e", "KILOGRAM_CO2E")),
            field("Performance class", choice("B")),
            field(
                "By stage of life",
                table(
                    "Stage|#kg CO₂e|#Share (%)|Data from",
                    ("Raw materials", number("31.4"), number("51.5"), "ecoinvent 3.10"),
                    ("Manufacture", number("22.05"), number("36.1"), "Meters of the plant in 2025"),
                    ("Distribution", number("1.9"), number("3.1"), None),
                    ("Use", None, None, "Not part of the declared footprint"),
                    ("End of life", number("5.65"), number("9.3"), "Study by the recycler"),
                ),
            ),
            field("Study", Link("https://veloria.example/lca", "Life cycle assessment 2026")),
        ),
        section(
            "end",
            "Repair and end of life",
            field("Separate collection", YesNo(True, "Yes")),
            field(
                "Removal from the frame",
                rich("<ol><li>Switch off.</li><li>Unlock.</li><li>Tilt to the left.</li></ol>"),
            ),
            field("Manual", document("b/manual.pdf", "Handling and dismantling")),
            field("Recycler", records(record("Groningen Battery Return"))),
            field(
                "Fits into",
                passports(
                    passport_link("Dale E7 frame", "VLT-FRAME-E7"),
                    passport_link("Dale E9 frame", "VLT-FRAME-E9"),
                ),
            ),
            field("Spare parts", "parts@veloria.example"),
            field("Extinguishing agent", "Water, plenty of it"),
        ),
    ),
    updated=CHANGED,
)

BARE = Passport(
    identity=Identity(UUID("00000000-0000-4000-8000-000000000001")),
    language=ENGLISH,
    languages=(ENGLISH,),
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
    language=ARABIC,
    languages=(ARABIC, ENGLISH, FRENCH),
    brand="بيت النحاس",
    title=Text("دلّة قهوة نحاسية"),
    picture=Picture("c/pot.png", "pot.png", "دلّة نحاسية بمقبض خشبي"),
    category=Text("أدوات المطبخ"),
    sections=(
        section(
            "materials",
            "المواد",
            field("المادة الأساسية", composition(share("نحاس أحمر", "99.9", mark="٪"))),
            field("الوزن", measure("1.2 كغم", "KILOGRAM")),
            Field("lining", Text("Lining", lang="en"), Text("Tin, food grade", lang="en")),
            field(
                "الصانع",
                records(
                    record(
                        "ورشة أبو خليل",
                        field("المدينة", "خان الخليلي، القاهرة"),
                        field("الموقع", Link("https://khalil.example/", "khalil.example")),
                        picture=Picture("c/workshop.jpg", "workshop.jpg", "ورشة النحّاس"),
                    ),
                ),
            ),
            field(
                "المقاسات",
                table(
                    "الجزء|#الارتفاع (سم)|ملاحظة",
                    ("الجسم", number("24"), "بدون المقبض"),
                    ("المقبض", number("11.5"), None),
                    ("الغطاء", number("4"), Text("Hinged", lang="en")),
                ),
            ),
        ),
        section(
            "care",
            "العناية",
            field("التنظيف", rich("<p>تُغسل باليد بماء <strong>فاتر</strong> وتُجفَّف فورًا.</p>")),
            field("آمنة في غسالة الصحون", YesNo(False, "لا")),
            field(
                "للتنزيل",
                collection(
                    document("c/care.pdf", "دليل العناية"),
                    document("c/food.pdf", "Food contact declaration", lang="en"),
                ),
            ),
            field("الضمان", Date(date(2028, 1, 31), "٣١ يناير ٢٠٢٨")),
        ),
    ),
    updated=CHANGED,
    variants=(
        passport_link("دلّة قهوة نحاسية", "DAL-106", field("السعة", measure("0.6 لتر", "LITER"))),
        passport_link(Text("Coffee pot XL", lang="en"), "DAL-118"),
    ),
)
