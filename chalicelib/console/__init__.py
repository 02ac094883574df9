"""The console: the pages on which managers, leads and the owner see that everything works.

The same Flask application on both hosts, loaded only where the shop file has ``[console]``:

- ``app.py`` puts it together; ``parts.py`` is what its pages work with.
- ``access/``: who may see and do what; ``masks.py`` hides from viewers whose data it is.
- ``pages/``: one file a page: HTTP in, what is shown out; ``templates/`` and ``words/`` have files of the
  same name.
- ``today_view.py`` and its like, ``journal/``, ``services/``, ``effect/``, ``profit/``: pure functions that
  make what a page shows of what it has read.
- ``charts/``: pictures as SVG.

A new page ``orders``:

1. ``pages/orders.py`` with ``page = Blueprint("orders", __name__)`` and ``@page.get("/orders")`` at a
   function ``show``. It reads by ``parts()``: books and other documents that checks keep, never the whole
   journal. Whoever is signed in may see it; ``@needs(Role.OPERATOR)`` and ``record(…)`` stand before what
   changes something, which only a POST does.
2. ``templates/orders.html`` extends ``base.html`` and is made of the macros of ``parts.html``. It has no
   style and no script: browsers are told to refuse both. Its few classes stand at the end of
   ``static/console.css``.
3. ``words/ru/orders.toml`` and ``words/en/orders.toml``: ``menu``, ``title``, and whatever it says.
4. Its name in ``BLUEPRINTS`` and ``MENU`` of ``pages/__init__.py``. From then on the tests open it in both
   languages, in a browser too, and want each of its words.
5. What it changes goes into ``tests/infra/test_policies.py``, too: there each kind of button is pressed with
   the role that the console has on AWS.
"""
