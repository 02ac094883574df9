"""The engine of AWS: two SQS FIFO queues and one DynamoDB table.

The table has the keys ``pk`` (hash) and ``sk`` (range), both text, and lets items expire by ``expires_at``
(seconds since 1970). Its index ``by-status`` has the keys ``status`` (hash) and ``received_at`` (range),
both text, and projects keys only. Only journal entries have these two, so nothing else is in the index.

============= ================== ============================= ======================================
item          pk                 sk                            other attributes
============= ================== ============================= ======================================
journal entry first 12 hex       ``entry#{id}``                ``version``, ``status``,
              digits of its id                                 ``received_at`` (ISO 8601 UTC + # + id),
                                                               ``expires_at``,
                                                               ``state`` (JSON, xz if it is long)
its content   likewise           ``content#{id}#{content id}`` ``envelope`` (JSON), ``expires_at``
document      ``document#{key}`` ``document``                  ``version``, ``content`` (JSON)
============= ================== ============================= ======================================

The content is an item of its own because it is large and expires sooner, and because each save of an entry
is charged for the whole item. Its key names what is in it, so that two who open one entry at once, each
with another content, do not overwrite each other's.

A one-action event costs six writes: content and entry, claim, plan, what we remember, result. A repeat
costs none.

The boto3 clients come ready-made from outside. What they raise for throttling, broken connections and
failures of AWS is left to rise: the message stays in its queue and comes again.
"""
