"""What the journal's entries add up to, hour by hour and day by day: pages need not read them all.

The check ``books`` keeps for each hour of the shop's clock one document ``hour:{start}`` and for each day
one document ``day:{date}``, both without personal data, and ``rows:{start}``, by which entries are found by
phone or order. Pages ask :class:`chalicelib.books.reading.Books`.
"""
