"""What schemathesis can't know: date-times as this API's clients write them, none of them in the future."""

from datetime import datetime, timedelta, timezone

import schemathesis
from hypothesis import strategies as st

moments = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2026, 1, 1))
zones = st.sampled_from([None, timezone.utc, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])


def written(moment: datetime, zone: timezone | None, unit: str, zulu: bool) -> str:
    text = moment.replace(tzinfo=zone).isoformat(timespec=unit)
    return text.replace("+00:00", "Z") if zulu else text


units = st.sampled_from(["microseconds", "milliseconds", "seconds", "minutes"])
schemathesis.openapi.format("iso8601", st.builds(written, moments, zones, units, st.booleans()))
