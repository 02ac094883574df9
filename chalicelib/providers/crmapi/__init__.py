"""Telephony of the "crmapi" family, MegaFon, MTS Exolve, KCell and others: missed and answered calls."""
