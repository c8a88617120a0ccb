"""The PIM's units of measurement in the words of two standards.

CLDR knows how a unit is written in each language, UN/ECE Recommendation 20 has the codes that
machines exchange. Only units of exactly the PIM's size are listed: its TON is the metric one, and
its GALLON and PINT are the imperial ones; of its KILOBYTE, which has 1024 bytes, the codes that
mean 1000 are left out. Families that merchants make themselves keep their own words, because there
a GALLON may be any gallon.
"""

from typing import NamedTuple


class StandardUnit(NamedTuple):
    """A unit by its UN/ECE code and its name in CLDR, each empty where there is none."""

    unece: str
    cldr: str = ""


# The measurement families that each PIM comes with.
_FAMILIES = frozenset(
    (
        *("Angle", "Area", "Binary", "Brightness", "Capacitance", "CaseBox", "Decibel"),
        *("Duration", "ElectricCharge", "Energy", "Force", "Frequency", "Intensity", "Length"),
        *("Power", "Pressure", "Resistance", "Speed", "Temperature", "Voltage", "Volume"),
        *("VolumeFlow", "Weight"),
    )
)
# Units that the PIM counts with a factor that is not theirs: a MONTH of 217 days, a PSI of 14.5
# bar. Amounts in them are true as they were entered, and as nothing else.
_MISCOUNTED = frozenset(
    (
        ("Duration", "MONTH"),
        *(("Pressure", code) for code in ("ATM", "PSI", "TORR", "MMHG")),
    )
)
# Means the same in whatever family a merchant puts it.
_ANYWHERE = "PERCENT"

# Codes that mean another unit in another measurement family of the PIM.
_BY_FAMILY = {
    ("Volume", "OUNCE"): StandardUnit("OZI", "volume-fluid-ounce-imperial"),
    ("Angle", "MINUTE"): StandardUnit("D61", "angle-arc-minute"),
    ("Angle", "SECOND"): StandardUnit("D62", "angle-arc-second"),
}

_UNITS = {
    "MICROGRAM": StandardUnit("MC", "mass-microgram"),
    "MILLIGRAM": StandardUnit("MGM", "mass-milligram"),
    "GRAM": StandardUnit("GRM", "mass-gram"),
    "KILOGRAM": StandardUnit("KGM", "mass-kilogram"),
    "TON": StandardUnit("TNE", "mass-tonne"),
    "GRAIN": StandardUnit("GRN", "mass-grain"),
    "OUNCE": StandardUnit("ONZ", "mass-ounce"),
    "POUND": StandardUnit("LBR", "mass-pound"),
    "NANOMETER": StandardUnit("C45", "length-nanometer"),
    "MICROMETER": StandardUnit("4H", "length-micrometer"),
    "MILLIMETER": StandardUnit("MMT", "length-millimeter"),
    "CENTIMETER": StandardUnit("CMT", "length-centimeter"),
    "DECIMETER": StandardUnit("DMT", "length-decimeter"),
    "METER": StandardUnit("MTR", "length-meter"),
    "HECTOMETER": StandardUnit("HMT"),
    "KILOMETER": StandardUnit("KMT", "length-kilometer"),
    "INCH": StandardUnit("INH", "length-inch"),
    "FEET": StandardUnit("FOT", "length-foot"),
    "YARD": StandardUnit("YRD", "length-yard"),
    "FURLONG": StandardUnit("M50", "length-furlong"),
    "MILE": StandardUnit("SMI", "length-mile"),
    "SQUARE_MILLIMETER": StandardUnit("MMK"),
    "SQUARE_CENTIMETER": StandardUnit("CMK", "area-square-centimeter"),
    "SQUARE_DECIMETER": StandardUnit("DMK"),
    "SQUARE_METER": StandardUnit("MTK", "area-square-meter"),
    "HECTARE": StandardUnit("HAR", "area-hectare"),
    "SQUARE_KILOMETER": StandardUnit("KMK", "area-square-kilometer"),
    "SQUARE_INCH": StandardUnit("INK", "area-square-inch"),
    "SQUARE_FOOT": StandardUnit("FTK", "area-square-foot"),
    "SQUARE_YARD": StandardUnit("YDK", "area-square-yard"),
    "ACRE": StandardUnit("ACR", "area-acre"),
    "SQUARE_MILE": StandardUnit("MIK", "area-square-mile"),
    "CUBIC_MILLIMETER": StandardUnit("MMQ"),
    "CUBIC_CENTIMETER": StandardUnit("CMQ", "volume-cubic-centimeter"),
    "CUBIC_DECIMETER": StandardUnit("DMQ"),
    "CUBIC_METER": StandardUnit("MTQ", "volume-cubic-meter"),
    "MILLILITER": StandardUnit("MLT", "volume-milliliter"),
    "CENTILITER": StandardUnit("CLT", "volume-centiliter"),
    "DECILITER": StandardUnit("DLT", "volume-deciliter"),
    "LITER": StandardUnit("LTR", "volume-liter"),
    "PINT": StandardUnit("PTI"),
    "GALLON": StandardUnit("GLI", "volume-gallon-imperial"),
    "CUBIC_INCH": StandardUnit("INQ", "volume-cubic-inch"),
    "CUBIC_FOOT": StandardUnit("FTQ", "volume-cubic-foot"),
    "CUBIC_YARD": StandardUnit("YDQ", "volume-cubic-yard"),
    "MILLIWATT": StandardUnit("C31", "power-milliwatt"),
    "WATT": StandardUnit("WTT", "power-watt"),
    "KILOWATT": StandardUnit("KWT", "power-kilowatt"),
    "MEGAWATT": StandardUnit("MAW", "power-megawatt"),
    "GIGAWATT": StandardUnit("A90", "power-gigawatt"),
    "MILLIVOLT": StandardUnit("2Z"),
    "VOLT": StandardUnit("VLT", "electric-volt"),
    "KILOVOLT": StandardUnit("KVT"),
    "MILLIAMPERE": StandardUnit("4K", "electric-milliampere"),
    "AMPERE": StandardUnit("AMP", "electric-ampere"),
    "KILOAMPERE": StandardUnit("B22"),
    "OHM": StandardUnit("OHM", "electric-ohm"),
    "KILOHM": StandardUnit("B49"),
    "MEGOHM": StandardUnit("B75"),
    "MILLIAMPEREHOUR": StandardUnit("E09"),
    "AMPEREHOUR": StandardUnit("AMH"),
    "COULOMB": StandardUnit("COU"),
    "JOULE": StandardUnit("JOU", "energy-joule"),
    "KILOJOULE": StandardUnit("KJO", "energy-kilojoule"),
    "CALORIE": StandardUnit("D35", "energy-calorie"),
    "KILOCALORIE": StandardUnit("K53", "energy-kilocalorie"),
    "WATTHOUR": StandardUnit("WHR"),
    "WATT_HOUR": StandardUnit("WHR"),
    "KILOWATTHOUR": StandardUnit("KWH", "energy-kilowatt-hour"),
    "KILOWATT_HOUR": StandardUnit("KWH", "energy-kilowatt-hour"),
    "HERTZ": StandardUnit("HTZ", "frequency-hertz"),
    "KILOHERTZ": StandardUnit("KHZ", "frequency-kilohertz"),
    "MEGAHERTZ": StandardUnit("MHZ", "frequency-megahertz"),
    "GIGAHERTZ": StandardUnit("A86", "frequency-gigahertz"),
    "MILLISECOND": StandardUnit("C26", "duration-millisecond"),
    "SECOND": StandardUnit("SEC", "duration-second"),
    "MINUTE": StandardUnit("MIN", "duration-minute"),
    "HOUR": StandardUnit("HUR", "duration-hour"),
    "DAY": StandardUnit("DAY", "duration-day"),
    "WEEK": StandardUnit("WEE", "duration-week"),
    "MONTH": StandardUnit("MON", "duration-month"),
    "YEAR": StandardUnit("ANN", "duration-year"),
    "CELSIUS": StandardUnit("CEL", "temperature-celsius"),
    "FAHRENHEIT": StandardUnit("FAH", "temperature-fahrenheit"),
    "KELVIN": StandardUnit("KEL", "temperature-kelvin"),
    "PASCAL": StandardUnit("PAL", "pressure-pascal"),
    "HECTOPASCAL": StandardUnit("A97", "pressure-hectopascal"),
    "KILOPASCAL": StandardUnit("KPA", "pressure-kilopascal"),
    "MEGAPASCAL": StandardUnit("MPA", "pressure-megapascal"),
    "MILLIBAR": StandardUnit("MBR", "pressure-millibar"),
    "BAR": StandardUnit("BAR", "pressure-bar"),
    "ATM": StandardUnit("ATM", "pressure-atmosphere"),
    "PSI": StandardUnit("PS", "pressure-pound-force-per-square-inch"),
    "METER_PER_SECOND": StandardUnit("MTS", "speed-meter-per-second"),
    "KILOMETER_PER_HOUR": StandardUnit("KMH", "speed-kilometer-per-hour"),
    "MILE_PER_HOUR": StandardUnit("HM", "speed-mile-per-hour"),
    "BIT": StandardUnit("A99", "digital-bit"),
    "BYTE": StandardUnit("AD", "digital-byte"),
    "KILOBYTE": StandardUnit("", "digital-kilobyte"),
    "MEGABYTE": StandardUnit("", "digital-megabyte"),
    "GIGABYTE": StandardUnit("", "digital-gigabyte"),
    "TERABYTE": StandardUnit("", "digital-terabyte"),
    "DECIBEL": StandardUnit("2N"),
    "LUMEN": StandardUnit("LUM", "light-lumen"),
    "LUX": StandardUnit("LUX", "light-lux"),
    "NEWTON": StandardUnit("NEW", "force-newton"),
    "DEGREE": StandardUnit("DD", "angle-degree"),
    "PERCENT": StandardUnit("P1", "concentr-percent"),
    "PIECE": StandardUnit("H87"),
    "DOZEN": StandardUnit("DZN"),
}


def standard_unit(family: str | None, code: str) -> StandardUnit:
    """What the standards call a unit of the PIM; empty names where they do not know it."""
    if family is not None and family not in _FAMILIES and code != _ANYWHERE:
        return StandardUnit("")
    return _BY_FAMILY.get((family or "", code)) or _UNITS.get(code) or StandardUnit("")


def is_convertible(family: str | None, code: str) -> bool:
    """Whether the PIM's factor of a unit is the unit's own."""
    return (family, code) not in _MISCOUNTED
