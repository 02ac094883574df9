"""What we read from retailCRM."""

from chalicelib.crm.retailcrm.reading.customers import CustomerReading
from chalicelib.crm.retailcrm.reading.history import HistoryReading
from chalicelib.crm.retailcrm.reading.orders import OrderReading
from chalicelib.crm.retailcrm.reading.stock import StockReading
from chalicelib.crm.retailcrm.reading.tasks import TaskReading
from chalicelib.crm.retailcrm.reading.users import UserReading


class RetailCrmReader(OrderReading, HistoryReading, TaskReading, UserReading, CustomerReading, StockReading):
    """Implements ``crm.port.CrmReader``."""
