"""Checks a derived figure by its formula: 2.9% from "116,000 / 4 million", 7 points from "35% - 28%".

Knows + - * / and parentheses over figures as the reader of quantities reads them, and runs nothing else; does not
know where the figures come from.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable
from decimal import Context, Decimal, DecimalException

from heiso.corpus.errors import BadDocument
from heiso.corpus.quantities import Quantity, read_quantities

__all__ = ["evaluate", "fault"]

_MOST = 200
_HINT = "Write figures, + - * / and parentheses only."
# A hyphen without spaces belongs to a figure (7-nm).
_SIGNS = re.compile(r"(\s-\s|[+*/()])")
_OPERATIONS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_WRITTEN = re.compile(r"[0-9][0-9,]*(?:\.(?P<decimals>[0-9]+))?")
_SHARES = ("%", "point")


def fault(written: str, formula: str, held: Iterable[Quantity]) -> str:
    """What is wrong with the figure `written` as derived by `formula` from `held`; "" when nothing is.

    Raises:
        BadDocument: the formula cannot be worked out.
    """
    figures = read_quantities(written)
    if len(figures) != 1:
        return "this is not one figure"
    value, stated = evaluate(formula), tuple(held)
    for part, figure in _operands(formula):
        if not any(_same(figure, other) for other in stated):
            return f"{part} is in no fact of the sources"
    return "" if _states(figures[0], written, value) else f"{formula} gives {_shown(figures[0], value)}"


def evaluate(formula: str) -> Decimal:
    """The value of `formula` in base units; 25% counts as 0.25.

    Raises:
        BadDocument: the formula divides by zero, or holds anything but figures, + - * / and parentheses.
    """
    named: dict[str, Decimal] = {}
    code = ""
    for part in _parts(formula):
        if _SIGNS.fullmatch(part):
            code += part
            continue
        figure = _operand(part)
        code += (name := f"f{len(named)} ")
        named[name.strip()] = figure.value / 100 if figure.unit in _SHARES else figure.value
    try:
        return _value(ast.parse(code, mode="eval").body, named)
    except (SyntaxError, DecimalException) as error:
        raise BadDocument(f"{formula!r} cannot be worked out.", hint=_HINT) from error


def _parts(formula: str) -> list[str]:
    if len(formula) > _MOST:
        raise BadDocument(f"The formula is longer than {_MOST} characters.", hint="Use fewer figures.")
    return [part if part == " - " else part.strip() for part in _SIGNS.split(formula) if part.strip()]


def _operands(formula: str) -> list[tuple[str, Quantity]]:
    return [(part, _operand(part)) for part in _parts(formula) if not _SIGNS.fullmatch(part)]


def _operand(part: str) -> Quantity:
    found = read_quantities(part)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(part)):
        raise BadDocument(f"{part!r} is not one figure.", hint=_HINT)
    return found[0]


def _value(node: ast.AST, named: dict[str, Decimal]) -> Decimal:
    match node:
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATIONS:
            return _OPERATIONS[type(sign)](_value(left, named), _value(right, named))
        case ast.Name(id=name):
            return named[name]
    raise SyntaxError(ast.unparse(node))


def _same(operand: Quantity, figure: Quantity) -> bool:
    """A formula may leave the unit of a figure out, but not the sign of a percentage."""
    if operand.value != figure.value or (operand.unit == "%") != (figure.unit == "%"):
        return False
    return operand.unit in ("", figure.unit)


def _states(figure: Quantity, written: str, value: Decimal) -> bool:
    """Whether the figure states `value` as precisely as it is written: 2.9% states 0.0289.

    "over 40" states what lies at most one unit of its last digit above 40, and "under" the same below.
    """
    last, gap = _last_digit(figure, written), _in_unit(figure, value) - figure.value
    if figure.qualifier in ("over", "under"):
        return 0 <= (gap if figure.qualifier == "over" else -gap) <= last
    return abs(gap) * 2 <= last


def _in_unit(figure: Quantity, value: Decimal) -> Decimal:
    return value * 100 if figure.unit in _SHARES else value


def _shown(figure: Quantity, value: Decimal) -> str:
    rounded = Context(prec=6).create_decimal(_in_unit(figure, value)).normalize()
    return f"{rounded:,f}{figure.unit and ' ' + figure.unit}"


def _last_digit(figure: Quantity, written: str) -> Decimal:
    """The worth of the last written digit: 0.1 in 2.9%, ten million in 2.88 billion; 1 where a word is written."""
    digits = _WRITTEN.search(written)
    number = Decimal(digits[0].replace(",", "")) if digits else Decimal(0)
    if digits is None or not number:
        return Decimal(1)
    magnitude = figure.value / number
    if figure.qualifier == "about" and not digits["decimals"]:
        return magnitude * Decimal(10) ** int(number.normalize().as_tuple().exponent)
    return magnitude / Decimal(10) ** len(digits["decimals"] or "")
