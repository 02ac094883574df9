"""The shop's rules, one file each: an event in, actions out. Rules read, they never write."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.events import (
    Acknowledged,
    AlertDue,
    AlertRaised,
    AnyEvent,
    CallAnswered,
    CallBackDue,
    CalledBack,
    CallLogDue,
    CallMissed,
    CallMissedDue,
    CallRecorded,
    CallTracked,
    CrmCompared,
    DoublesFound,
    FileDue,
    FollowingBegun,
    IncidentTold,
    LeadsAnswered,
    LeadSubmitted,
    LeadUnprocessed,
    LostInCrm,
    MessageAnswered,
    MessageReceived,
    MessageWanted,
    MistakesMade,
    OrderEdited,
    OrderEnded,
    OrderMovedOn,
    OrderStatusChanged,
    ParcelMoved,
    PickupStalled,
    ProductionAnswerDue,
    ProductionAnswered,
    ProductionAsked,
    ProductionCommented,
    ProductionPromised,
    ProductionPromiseDue,
    ProductionReady,
    ProductionTaskCompleted,
    ReplyDue,
    RequestDated,
    SmsDelivered,
    SmsDeliveryDue,
    SmsDue,
    SmsReceipt,
    SmsReceived,
    SmsReportDue,
    SmsUndelivered,
    SourceAccepts,
    SourceRejects,
    StockTold,
    SubscriptionExpiring,
    SubscriptionRenewed,
    SubscriptionUrgent,
)
from chalicelib.playbook.call_back import on_call_back_due, on_called_back
from chalicelib.playbook.call_log import on_call_log_due
from chalicelib.playbook.call_tracking import on_call_tracked
from chalicelib.playbook.calls import on_call_answered, on_call_recorded
from chalicelib.playbook.crm_compared import on_crm_compared
from chalicelib.playbook.crm_history import on_following_begun, on_leads_answered
from chalicelib.playbook.desk import Decision, Desk
from chalicelib.playbook.doubles_found import on_doubles_found
from chalicelib.playbook.ended_orders import on_order_ended, with_index
from chalicelib.playbook.ladder_tasks import on_order_moved_on
from chalicelib.playbook.landing_lead import on_lead_submitted
from chalicelib.playbook.lost_in_crm import on_lost_in_crm
from chalicelib.playbook.message_files import on_file_due
from chalicelib.playbook.message_received import on_message_received
from chalicelib.playbook.message_wanted import on_message_wanted, on_sms_report_due
from chalicelib.playbook.missed_call import on_call_missed, on_call_missed_due
from chalicelib.playbook.mistakes_made import on_mistakes_made
from chalicelib.playbook.notifications import (
    on_acknowledged,
    on_alert_due,
    on_alert_raised,
    on_incident_told,
    on_sms_due,
)
from chalicelib.playbook.order_rules import on_order_edited
from chalicelib.playbook.order_status_changed import on_order_status_changed
from chalicelib.playbook.parcel_moved import on_parcel_moved
from chalicelib.playbook.pickup_stalled import on_pickup_stalled
from chalicelib.playbook.production_news import (
    on_production_answer_due,
    on_production_answered,
    on_production_asked,
    on_production_commented,
    on_production_promise_due,
    on_production_promised,
    on_production_ready,
    on_production_task_completed,
)
from chalicelib.playbook.request_asking import on_message_answered, on_reply_due
from chalicelib.playbook.request_deadline import on_request_dated
from chalicelib.playbook.sms_delivery import (
    on_sms_delivered,
    on_sms_delivery_due,
    on_sms_receipt,
    on_sms_undelivered,
)
from chalicelib.playbook.sms_received import on_sms_received
from chalicelib.playbook.source_health import on_source_accepts, on_source_rejects
from chalicelib.playbook.stock_told import on_stock_told
from chalicelib.playbook.subscription import (
    on_subscription_expiring,
    on_subscription_renewed,
    on_subscription_urgent,
)
from chalicelib.playbook.unprocessed_lead import on_lead_unprocessed

RULES: Mapping[type[AnyEvent], Callable[[Any, Desk], Decision]] = {
    CallMissed: on_call_missed,
    CallMissedDue: on_call_missed_due,
    CallAnswered: on_call_answered,
    CallRecorded: on_call_recorded,
    CallTracked: on_call_tracked,
    CallBackDue: on_call_back_due,
    CallLogDue: on_call_log_due,
    CalledBack: on_called_back,
    LeadSubmitted: on_lead_submitted,
    MessageReceived: on_message_received,
    MessageAnswered: on_message_answered,
    ReplyDue: on_reply_due,
    FileDue: on_file_due,
    RequestDated: on_request_dated,
    ParcelMoved: on_parcel_moved,
    PickupStalled: on_pickup_stalled,
    LeadUnprocessed: on_lead_unprocessed,
    OrderMovedOn: on_order_moved_on,
    LeadsAnswered: on_leads_answered,
    FollowingBegun: on_following_begun,
    OrderStatusChanged: on_order_status_changed,
    OrderEdited: on_order_edited,
    MistakesMade: on_mistakes_made,
    OrderEnded: on_order_ended,
    MessageWanted: on_message_wanted,
    SmsReportDue: on_sms_report_due,
    SmsDue: on_sms_due,
    SmsDeliveryDue: on_sms_delivery_due,
    SmsReceipt: on_sms_receipt,
    SmsUndelivered: on_sms_undelivered,
    SmsDelivered: on_sms_delivered,
    SmsReceived: on_sms_received,
    Acknowledged: on_acknowledged,
    AlertDue: on_alert_due,
    AlertRaised: on_alert_raised,
    IncidentTold: on_incident_told,
    SourceRejects: on_source_rejects,
    SourceAccepts: on_source_accepts,
    SubscriptionExpiring: on_subscription_expiring,
    SubscriptionUrgent: on_subscription_urgent,
    SubscriptionRenewed: on_subscription_renewed,
    StockTold: on_stock_told,
    LostInCrm: on_lost_in_crm,
    CrmCompared: on_crm_compared,
    ProductionAnswerDue: on_production_answer_due,
    ProductionAnswered: on_production_answered,
    ProductionAsked: on_production_asked,
    ProductionCommented: on_production_commented,
    ProductionPromised: on_production_promised,
    ProductionPromiseDue: on_production_promise_due,
    ProductionReady: on_production_ready,
    ProductionTaskCompleted: on_production_task_completed,
    DoublesFound: on_doubles_found,
}


def decide(event: AnyEvent, desk: Desk) -> Decision:
    """What to do about an event.

    Raises:
        LeadkeeperError: it cannot be decided now (``Unreachable``, ``Postponed``) or at all (``Refused``).
    """
    return with_index(RULES[type(event)](event, desk), desk)
