"""The engine of AWS: two SQS FIFO queues and one DynamoDB table.

The table has the keys ``pk`` (hash) and ``sk`` (range), both text, and lets items expire by ``expires_at``
(seconds since 1970). Its index ``by-status`` has the keys ``status`` (hash) and ``received_at`` (range),
both text, and projects keys only. Only journal entries and timers have these two, so nothing else is in
the index.

============= ================== ============================= ======================================
item          pk                 sk                            other attributes
============= ================== ============================= ======================================
journal entry first 12 hex       ``entry#{id}``                ``version``, ``status``,
              digits of its id                                 ``received_at`` (ISO 8601 UTC + # + id),
                                                               ``state`` and ``envelope`` (JSON, xz)
its content,  likewise           ``content#{id}#{content id}`` ``envelope`` (JSON, xz)
if it is long
its tombstone likewise           ``tombstone#{id}``            ``id``, ``content_id``, ``source``,
                                                               ``came_at``, ``entry_expires_at``
timer         likewise           ``timer#{id}``                ``status`` (``timer``), ``received_at``
                                                               (when it is due, when it came in,
                                                               its id), ``due_at``, ``queue``,
                                                               ``envelope`` (JSON, xz)
document      ``document#{key}`` ``document``                  ``version``, ``content`` (JSON)
============= ================== ============================= ======================================

Personal data stands in all items but tombstones and documents about ourselves; it goes by ``expires_at``,
as the shop file's ``[retention]`` says. A timer stays until it is fired, and an open entry until
long after that. The tombstone stays longer, so that a repeat is still recognised.
It is written first: an entry without one could be done again. One without an entry that should be there
still is the beginning of an entry that somebody is just making, or did not come to make.

A long content is an item of its own, because each save of an entry is charged for the whole item. Its key
names what is in it, so that two who open one entry at once, each with another content, do not overwrite
each other's.

A one-action event costs six writes: tombstone and entry, claim, plan, what we remember, result; one more if
its content is long. A repeat costs none.

DynamoDB removes an item within some days of its time; whatever is over counts as gone at once.

The boto3 clients come ready-made from outside. What they raise for throttling, broken connections and
failures of AWS is left to rise: the message stays in its queue and comes again.
"""
