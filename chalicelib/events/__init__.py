"""What happened, in the shop's words. Providers make events; the playbook turns them into actions."""

from chalicelib.events.alerts import (
    Acknowledged,
    Alert,
    AlertDue,
    AlertRaised,
    AlertState,
    IncidentTold,
    IncidentWord,
    Severity,
    SourceAccepts,
    SourceRejects,
)
from chalicelib.events.base import Attribution, Event
from chalicelib.events.calls import (
    CallAnswered,
    CallBackDue,
    CalledBack,
    CallFollowUp,
    CallLogDue,
    CallMissed,
    CallMissedDue,
    CallRecorded,
    CallTracked,
)
from chalicelib.events.clients import CERTAINTY, Certainty, DoubleReason, DoublesFound, PossibleDouble
from chalicelib.events.leads import (
    LeadAnswered,
    LeadItem,
    LeadsAnswered,
    LeadSubmitted,
    LeadUnprocessed,
    OrderMovedOn,
)
from chalicelib.events.messages import (
    Attachment,
    FileDue,
    MessageAnswered,
    MessageReceived,
    ReplyDue,
    RequestDated,
)
from chalicelib.events.mistakes import MistakesMade
from chalicelib.events.orders import FollowingBegun, OrderEdited, OrderEnded, OrderStatusChanged
from chalicelib.events.parcels import (
    FINAL_PARCEL_STATUSES,
    PARCEL_TROUBLES,
    SAME_DATE_EVERYWHERE,
    ParcelMoved,
    ParcelReason,
    ParcelStatus,
    ParcelStillAt,
    PickupStalled,
)
from chalicelib.events.production import (
    ProductionAnswerDue,
    ProductionAnswered,
    ProductionAsked,
    ProductionCommented,
    ProductionPromised,
    ProductionPromiseDue,
    ProductionReady,
    ProductionTaskCompleted,
)
from chalicelib.events.reconciliation import CrmCompared, Difference, Fate, LostInCrm
from chalicelib.events.sms import (
    Delivery,
    MessageStatus,
    MessageWanted,
    OrderStillIn,
    Price,
    Sms,
    SmsDelivered,
    SmsDeliveryDue,
    SmsDue,
    SmsReceipt,
    SmsReceived,
    SmsReportDue,
    SmsUndelivered,
)
from chalicelib.events.stock import OfferStock, StockPiece, StockTold
from chalicelib.events.subscriptions import (
    Expiry,
    SubscriptionExpiring,
    SubscriptionRenewed,
    SubscriptionUrgent,
)

__all__ = [
    "CERTAINTY",
    "FINAL_PARCEL_STATUSES",
    "OWN_TROUBLE",
    "PARCEL_TROUBLES",
    "SAME_DATE_EVERYWHERE",
    "Acknowledged",
    "Alert",
    "AlertDue",
    "AlertRaised",
    "AlertState",
    "AnyEvent",
    "Attachment",
    "Attribution",
    "CallAnswered",
    "CallBackDue",
    "CallFollowUp",
    "CallLogDue",
    "CallMissed",
    "CallMissedDue",
    "CallRecorded",
    "CallTracked",
    "CalledBack",
    "Certainty",
    "CheckEvent",
    "CrmCompared",
    "Delivery",
    "Difference",
    "DoubleReason",
    "DoublesFound",
    "Event",
    "Expiry",
    "Fate",
    "FileDue",
    "FollowingBegun",
    "IncidentTold",
    "IncidentWord",
    "LeadAnswered",
    "LeadItem",
    "LeadSubmitted",
    "LeadUnprocessed",
    "LeadsAnswered",
    "LostInCrm",
    "MessageAnswered",
    "MessageReceived",
    "MessageStatus",
    "MessageWanted",
    "MistakesMade",
    "OfferStock",
    "OrderEdited",
    "OrderEnded",
    "OrderMovedOn",
    "OrderStatusChanged",
    "OrderStillIn",
    "OwnEvent",
    "ParcelMoved",
    "ParcelReason",
    "ParcelStatus",
    "ParcelStillAt",
    "PickupStalled",
    "PossibleDouble",
    "Price",
    "ProductionAnswerDue",
    "ProductionAnswered",
    "ProductionAsked",
    "ProductionCommented",
    "ProductionPromiseDue",
    "ProductionPromised",
    "ProductionReady",
    "ProductionTaskCompleted",
    "ReplyDue",
    "RequestDated",
    "Severity",
    "Sms",
    "SmsDelivered",
    "SmsDeliveryDue",
    "SmsDue",
    "SmsReceipt",
    "SmsReceived",
    "SmsReportDue",
    "SmsUndelivered",
    "SourceAccepts",
    "SourceRejects",
    "StockPiece",
    "StockTold",
    "SubscriptionExpiring",
    "SubscriptionRenewed",
    "SubscriptionUrgent",
]

CheckEvent = (
    PickupStalled
    | LeadUnprocessed
    | OrderMovedOn
    | LeadsAnswered
    | FollowingBegun
    | SubscriptionExpiring
    | SubscriptionUrgent
    | SubscriptionRenewed
    | OrderStatusChanged
    | OrderEdited
    | OrderEnded
    | ProductionTaskCompleted
    | StockTold
    | LostInCrm
)
"""What scheduled checks put into the pipeline."""

OWN_TROUBLE = (
    AlertRaised,
    AlertDue,
    SourceRejects,
    SourceAccepts,
    IncidentTold,
    Acknowledged,
    SubscriptionUrgent,
    CrmCompared,
    DoublesFound,
)
"""What people must hear of whatever else is away, and in observe mode, too."""

OwnEvent = (
    SmsDue
    | ReplyDue
    | FileDue
    | RequestDated
    | ProductionPromiseDue
    | ProductionAnswerDue
    | ProductionAnswered
    | MessageWanted
    | MistakesMade
    | SmsReportDue
    | SmsDeliveryDue
    | SmsUndelivered
    | SmsDelivered
    | AlertRaised
    | AlertDue
    | SourceRejects
    | SourceAccepts
    | IncidentTold
    | CrmCompared
    | DoublesFound
    | CheckEvent
    | CallFollowUp
)
"""What we tell ourselves."""

AnyEvent = (
    CallMissed
    | CallAnswered
    | CallRecorded
    | CallTracked
    | LeadSubmitted
    | MessageReceived
    | MessageAnswered
    | ParcelMoved
    | ProductionAsked
    | ProductionCommented
    | ProductionPromised
    | ProductionReady
    | SmsReceipt
    | SmsReceived
    | Acknowledged
    | OwnEvent
)
