"""An amount in another unit of the same quantity, by the PIM's own factors and without floats.

A unit's `convert_from_standard` leads, step by step, from an amount in it to the amount in its
family's standard unit; the way back is the inverse steps in reverse. Both are done in fractions,
so that only the result is rounded, and only if no decimal number could be exact.
"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from operator import add, mul, sub, truediv

from quart_passport.passport.quantities import parse_decimal
from quart_passport.passport.structure import Unit

Operation = Callable[[Fraction, Fraction], Fraction]

_OPERATIONS: dict[str, Operation] = {"mul": mul, "div": truediv, "add": add, "sub": sub}
_INVERSE = {"mul": "div", "div": "mul", "add": "sub", "sub": "add"}
# The PIM allows five steps; more than twice that is no unit.
_MOST_STEPS = 12
# What a rounded amount keeps: of one and more the decimals, of less the significant digits.
_DECIMALS = 4
_SIGNIFICANT = 4
# More digits than any amount of a PIM has, and than a page could show.
_PRECISION = 250
_LONGEST_FRACTION = 60


def convert(amount: Decimal, origin: Unit, target: Unit) -> Decimal | None:
    """The amount in another unit of the same family; None if the units do not say how.

    Exact where that is possible, else to 4 decimals, or 4 significant digits below 1.
    """
    steps = (
        *((step.operator, step.value) for step in origin.convert_from_standard),
        *((_INVERSE.get(s.operator, ""), s.value) for s in reversed(target.convert_from_standard)),
    )
    converted = _walk(Fraction(amount), steps)
    return None if converted is None else _as_decimal(converted)


def _walk(amount: Fraction, steps: tuple[tuple[str, str], ...]) -> Fraction | None:
    if len(steps) > 2 * _MOST_STEPS:
        return None
    for operator, value in steps:
        operate, operand = _OPERATIONS.get(operator), parse_decimal(value)
        if operate is None or operand is None or (operator in ("mul", "div") and not operand):
            return None
        amount = operate(amount, Fraction(operand))
    return amount


def _as_decimal(amount: Fraction) -> Decimal | None:
    with localcontext(prec=_PRECISION) as context:
        quotient = Decimal(amount.numerator) / Decimal(amount.denominator)
        # Beyond these no merchant measures, and `quantize` would run out of digits.
        if not -_LONGEST_FRACTION < quotient.adjusted() < _LONGEST_FRACTION:
            return None
        exponent = quotient.as_tuple().exponent
        is_exact = Fraction(quotient) == amount and int(exponent) >= -_LONGEST_FRACTION
        if not is_exact:
            last = -_DECIMALS if abs(quotient) >= 1 else quotient.adjusted() + 1 - _SIGNIFICANT
            quotient = quotient.quantize(Decimal((0, (1,), last)), ROUND_HALF_UP, context)
        return parse_decimal(format(quotient, "f"))
