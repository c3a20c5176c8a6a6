"""The Equal Earth projection: areas are true, and shapes near what people know.

Source: Šavrič, B., Patterson, T., Jenny, B. (2018). The Equal Earth map projection. International
Journal of Geographical Information Science 33(3), 454-465. https://doi.org/10.1080/13658816.2018.1504949
"""

import math
from typing import Final

_A1: Final = 1.340264
_A2: Final = -0.081106
_A3: Final = 0.000893
_A4: Final = 0.003796
_M: Final = math.sqrt(3) / 2
_STEPS: Final = 12
_NEAR: Final = 1e-12


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the position of a place on a sphere with the radius 1; y grows to the north.

    The place is given in degrees, the longitude from the central meridian.
    """
    theta = math.asin(_M * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square * square * square
    x = math.radians(longitude) * math.cos(theta) / (_M * _slope(square, sixth))
    return x, theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))


def unproject(x: float, y: float) -> tuple[float, float]:
    """Return the longitude and the latitude in degrees of a position, by Newton's method."""
    theta = y
    for _ in range(_STEPS):
        square = theta * theta
        sixth = square * square * square
        error = theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square)) - y
        step = error / _slope(square, sixth)
        theta -= step
        if abs(step) < _NEAR:
            break
    square = theta * theta
    slope = _slope(square, square * square * square)
    longitude = math.degrees(_M * x * slope / math.cos(theta))
    return longitude, math.degrees(math.asin(min(max(math.sin(theta) / _M, -1.0), 1.0)))


def _slope(square: float, sixth: float) -> float:
    """Return the derivative of y by theta."""
    return _A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)
