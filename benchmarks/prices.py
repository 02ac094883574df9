"""The one table of AWS prices. US dollars, us-east-1, no free tiers, from public pages of that year."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs.

    Attributes:
        unit: what is counted.
        dollars: for a million units.
        year: of the page that told it. All are (unverified): compare with AWS before you rely on them.
    """

    unit: str
    dollars: float
    year: int


API_REQUEST = Price("request to the REST API", 3.50, 2025)
FUNCTION_CALL = Price("call of a function", 0.20, 2025)
GIGABYTE_SECOND = Price("GB-second of a function (x86)", 16.6667, 2025)
QUEUE_REQUEST = Price("request to a FIFO queue (each 64 KiB begun)", 0.50, 2026)
WRITE_UNIT = Price("DynamoDB write unit (each KiB begun)", 0.625, 2025)
READ_UNIT = Price("DynamoDB read unit (each 4 KiB begun)", 0.125, 2025)
LOG_KILOBYTE = Price("KB of logs", 0.50, 2025)
PRICES = (
    API_REQUEST,
    FUNCTION_CALL,
    GIGABYTE_SECOND,
    QUEUE_REQUEST,
    WRITE_UNIT,
    READ_UNIT,
    LOG_KILOBYTE,
)
