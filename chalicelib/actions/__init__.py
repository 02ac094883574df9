"""What to do. Rules return actions; ``perform`` carries them out, each exactly once."""

from typing import Annotated

from pydantic import Field

from chalicelib.actions.alerts import AcknowledgeIncident, NotifyResponsible, ObserveIncident, SendAlert
from chalicelib.actions.announce import Announce
from chalicelib.actions.base import Action
from chalicelib.actions.messages import (
    AllowPhone,
    AskDelivery,
    AttachFile,
    RecordDelivery,
    RequestFile,
    RequestReply,
    RequestSms,
    RequestSmsReport,
    SendReply,
    SendSms,
    SuppressPhone,
)
from chalicelib.actions.orders import (
    AnnotateOrder,
    CompleteOrder,
    CreateOrder,
    LeadContent,
    LogCall,
    SetOrderStatus,
)
from chalicelib.actions.production import RequestAnswer, SendAnswer
from chalicelib.actions.stock import SetStock
from chalicelib.actions.tasks import (
    AddNote,
    CompleteTask,
    CreateTask,
    TaskText,
    Topic,
    UpdateTask,
    WrittenTask,
)

AnyAction = Annotated[
    CreateOrder
    | CompleteOrder
    | AnnotateOrder
    | LogCall
    | Announce
    | CreateTask
    | UpdateTask
    | CompleteTask
    | SetOrderStatus
    | RequestSms
    | SendSms
    | RequestReply
    | SendReply
    | RequestAnswer
    | SendAnswer
    | RequestFile
    | AttachFile
    | SuppressPhone
    | AllowPhone
    | RequestSmsReport
    | AddNote
    | AskDelivery
    | RecordDelivery
    | NotifyResponsible
    | SendAlert
    | ObserveIncident
    | AcknowledgeIncident
    | SetStock,
    Field(discriminator="kind"),
]


__all__ = [
    "AcknowledgeIncident",
    "Action",
    "AddNote",
    "AllowPhone",
    "AnnotateOrder",
    "Announce",
    "AnyAction",
    "AskDelivery",
    "AttachFile",
    "CompleteOrder",
    "CompleteTask",
    "CreateOrder",
    "CreateTask",
    "LeadContent",
    "LogCall",
    "NotifyResponsible",
    "ObserveIncident",
    "RecordDelivery",
    "RequestAnswer",
    "RequestFile",
    "RequestReply",
    "RequestSms",
    "RequestSmsReport",
    "SendAlert",
    "SendAnswer",
    "SendReply",
    "SendSms",
    "SetOrderStatus",
    "SetStock",
    "SuppressPhone",
    "TaskText",
    "Topic",
    "UpdateTask",
    "WrittenTask",
]
