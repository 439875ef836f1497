"""What the broker says of books that it must not carry on."""

from outcry.runtime.lifecycle import Refused


class BooksDamaged(Refused):
    """The database does not hold what was booked into it, or what is to be booked adds up to
    something that cannot be."""
