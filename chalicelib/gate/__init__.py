"""The door: proves where a webhook comes from and makes it durable.

Only the standard library may be imported here. Every webhook of a small shop may be a cold start,
and some senders give us 1.5 seconds.
"""
