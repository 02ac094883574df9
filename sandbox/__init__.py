"""A pretend outside world: retailCRM, Twilio and Telegram on one port, for trying out and for tests."""
