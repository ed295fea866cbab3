"""When all audiences are evaluated."""

from dataclasses import replace
from typing import Any

from django import forms

from console.cron_words import DAYS, Timing, timing_of
from profiles.segmentation.cron import WEEKDAYS

_FREQUENCIES = (
    ("daily", "Every day"),
    ("weekly", "On some days of the week"),
    ("monthly", "Once a month"),
    ("own", "By a cron expression"),
)
_WEEK = tuple(zip(WEEKDAYS, DAYS, strict=True))
_MONTH = (*((str(day), str(day)) for day in range(1, 32)), ("L", "Last day of the month"))


class ScheduleForm(forms.Form):
    """On or off, how often, and at what time."""

    on = forms.BooleanField(
        label="Schedule all audiences",
        required=False,
        help_text="Streaming and edge audiences are corrected by it, too, so it stays on while"
        " there are any.",
    )
    frequency = forms.ChoiceField(label="How often", choices=_FREQUENCIES, widget=forms.RadioSelect)
    weekdays = forms.MultipleChoiceField(
        label="Days",
        required=False,
        choices=(*_WEEK[1:], _WEEK[0]),
        widget=forms.CheckboxSelectMultiple,
    )
    day = forms.ChoiceField(label="Day of the month", required=False, choices=_MONTH)
    time = forms.TimeField(
        label="Time, UTC",
        required=False,
        widget=forms.TimeInput(
            attrs={"type": "time", "class": "form-control w-auto"}, format="%H:%M"
        ),
    )
    expression = forms.CharField(
        label="Cron expression",
        required=False,
        max_length=120,
        help_text="Second, minute, hour, day of month, month, day of week, as in"
        " 0 30 2 ? * MON-FRI: at most once a day.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].widget.attrs["class"] = "form-check-input"
        for name in ("frequency", "weekdays"):
            self.fields[name].widget.attrs["class"] = "form-check-input"
        self.fields["day"].widget.attrs["class"] = "form-select w-auto"
        self.fields["expression"].widget.attrs |= {
            "class": "form-control mono",
            "spellcheck": "false",
            "autocomplete": "off",
        }

    @staticmethod
    def initial_of(cron: str, *, on: bool) -> dict[str, Any]:
        """What the form shows for a schedule."""
        timing = timing_of(cron)
        return {
            "on": on,
            "frequency": timing.frequency,
            "weekdays": list(timing.weekdays) or ["MON"],
            "day": timing.day,
            "time": timing.time,
            "expression": cron,
        }

    def clean(self) -> dict[str, Any]:
        """What the chosen frequency needs has to be there."""
        given: dict[str, Any] = super().clean() or {}
        frequency = given.get("frequency")
        if frequency != "own" and given.get("time") is None and "time" not in self.errors:
            self.add_error("time", "Give a time, such as 01:00.")
        if frequency == "weekly" and not given.get("weekdays"):
            self.add_error("weekdays", "Choose a day at least.")
        if frequency == "own" and not given.get("expression", "").strip():
            self.add_error("expression", "Give an expression.")
        return given

    def cron(self) -> str:
        """The expression of a valid form."""
        given = self.cleaned_data
        return Timing(
            frequency=given["frequency"],
            time=f"{given['time']:%H:%M}" if given.get("time") else "00:00",
            weekdays=tuple(given["weekdays"]),
            day=given["day"] or "1",
            expression=given["expression"],
        ).cron


class TimeOfDayForm(forms.Form):
    """When on its days a schedule runs."""

    time = forms.TimeField(
        label="Time of day, UTC",
        widget=forms.TimeInput(
            attrs={"type": "time", "class": "form-control w-auto", "autofocus": True},
            format="%H:%M",
        ),
    )

    def timing(self, stored: Timing) -> Timing:
        """The same days at the time of this valid form."""
        return replace(stored, time=f"{self.cleaned_data['time']:%H:%M}")
