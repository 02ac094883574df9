"""Clients, as retailCRM has them."""

from chalicelib.crm.port import Customer
from chalicelib.crm.retailcrm.answers import page_count, parsed, parsed_list
from chalicelib.crm.retailcrm.client import NotFound
from chalicelib.crm.retailcrm.models import CustomerAnswer
from chalicelib.crm.retailcrm.reading.account import PAGE, SIGNIFICANT_DIGITS, AccountReading
from chalicelib.names import full_name
from chalicelib.phones import normalise

SMS_CHANNEL = "sms"


class CustomerReading(AccountReading):
    """Reads clients' cards."""

    def customers_of_phone(self, phone: str) -> list[Customer]:
        """See the port. The filter for phones is called ``name``, as the official modules use it."""
        found, _ = self._search_customers("name", phone[-SIGNIFICANT_DIGITS:])
        return [each for each in found if phone in {normalise(text, typed=True) for text in each.phones}]

    def customers_of_email(self, email: str) -> list[Customer]:
        """See the port."""
        found, _ = self._search_customers("email", email.strip())
        return [each for each in found if each.email.strip().lower() == email.strip().lower()]

    def customers_named(self, name: str) -> list[Customer] | None:
        """See the port. In which order the CRM keeps the words nobody knows: one of them is looked for."""
        words = full_name(name)
        if not words:
            return []
        # Nor whether it takes one letter for the other.
        word = max(words, key=lambda word: ("е" not in word, len(word)))
        found, pages = self._search_customers("name", word)
        return None if pages > 1 else [each for each in found if full_name(each.name) == words]

    def accepts_marketing(self, phone: str) -> bool | None:
        """See the port. Any active list of the channel ``sms`` counts; the client's own page has them."""
        found = self.customers_of_phone(phone)
        customer = self._read_customer(found[0].id) if found else None
        if customer is None:
            return None
        said = [
            each.subscribed
            for each in customer.customer_subscriptions
            if each.subscription.channel == SMS_CHANNEL and each.subscription.active
        ]
        return any(said) if said else None

    def customer(self, customer_id: int) -> Customer | None:
        """See the port."""
        answer = self._read_customer(customer_id)
        return None if answer is None else _customer(answer)

    def customer_link(self, customer_id: int) -> str:
        """See the port. Likewise (unverified)."""
        return f"{self._client.url}/customers/{customer_id}/edit"

    def _read_customer(self, customer_id: int) -> CustomerAnswer | None:
        try:
            answer = self._client.get(f"customers/{customer_id}", [("by", "id")])
        except NotFound:
            return None
        return parsed(CustomerAnswer, answer.get("customer"))

    def _search_customers(self, name: str, value: str) -> tuple[list[Customer], int]:
        """The first page, the oldest card first, and how many pages there are."""
        answer = self._client.get("customers", [(f"filter[{name}]", value), ("limit", PAGE)])
        found = [_customer(each) for each in parsed_list(CustomerAnswer, answer.get("customers"))]
        return sorted(found, key=lambda customer: customer.id), page_count(answer)


def _customer(answer: CustomerAnswer) -> Customer:
    return Customer(
        id=answer.id,
        first_name=answer.first_name,
        last_name=answer.last_name,
        patronymic=answer.patronymic,
        phones=tuple(phone.number for phone in answer.phones if phone.number),
        email=answer.email,
        manager_id=answer.manager_id,
        city=answer.address.city,
        region=answer.address.region,
    )
