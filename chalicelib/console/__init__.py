"""The console: the pages on which managers, leads and the owner see that everything works.

The same Flask application on both hosts, loaded only where the shop file has ``[console]``:

- ``app.py`` puts it together; ``parts.py`` is what its pages work with.
- ``access/``: who may see and do what.
- ``pages/``: one file a page: HTTP in, what is shown out; ``templates/`` and ``words/`` have files of the
  same name.
- ``charts/``: pictures as SVG.
"""
