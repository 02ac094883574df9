"""Who may see and do what in the console.

- ``roles.py``, ``passwords.py``: what a user is, and how a password is proved. They need no Flask.
- ``guard.py``: what pages use: ``needs``, ``public``, ``current_user``, ``record``.
- ``sessions.py``: the signed cookie, and what each form must bring against forgery.
- ``limits.py``: how often somebody may try a password.
- ``audit.py``: who did what.
"""
