"""The kinds of entries that SMS.ru sends. Standard library only: the gate needs them."""

SMS_STATUS = b"sms_status"
CALL_CHECK = b"callcheck_status"
"""Of its service that checks a phone by a call, which we do not use."""
