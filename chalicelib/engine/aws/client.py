"""How boto3's clients are typed here."""

from typing import Any

Client = Any
"""boto3 makes its clients at run time from data files, and publishes no types for them."""
