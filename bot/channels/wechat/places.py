"""Places on WeChat's map are shifted against everybody else's; here they are shifted to and fro.

WeChat tells places in GCJ-02, Hongyan keeps them in WGS 84. The shift is a sum of waves over longitude and latitude,
known to within a metre or so; outside China there is none.
"""

from math import cos, pi, sin, sqrt

_AXIS = 6378245.0
_FLATTENING = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_ROUNDS = 3
_DIGITS = 6


def from_wechat(latitude: float, longitude: float) -> tuple[float, float]:
    """Return where a place of WeChat's map lies, in degrees of WGS 84."""
    guess = latitude, longitude
    for _ in range(_ROUNDS):
        shifted = _shifted(*guess)
        guess = guess[0] + latitude - shifted[0], guess[1] + longitude - shifted[1]
    return round(guess[0], _DIGITS), round(guess[1], _DIGITS)


def to_wechat(latitude: float, longitude: float) -> tuple[float, float]:
    """Return where WeChat's map shows a place given in degrees of WGS 84."""
    shifted = _shifted(latitude, longitude)
    return round(shifted[0], _DIGITS), round(shifted[1], _DIGITS)


def _shifted(latitude: float, longitude: float) -> tuple[float, float]:
    if not (_WEST <= longitude <= _EAST and _SOUTH <= latitude <= _NORTH):
        return latitude, longitude
    x, y = longitude - 105.0, latitude - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = latitude / 180.0 * pi
    curve = 1 - _FLATTENING * sin(angle) ** 2
    north = north * 180.0 / (_AXIS * (1 - _FLATTENING) / (curve * sqrt(curve)) * pi)
    east = east * 180.0 / (_AXIS / sqrt(curve) * cos(angle) * pi)
    return latitude + north, longitude + east
