"""Values that cross this slice's border."""

from dataclasses import dataclass

ID_TYPES = (
    "COOKIE",
    "CROSS_DEVICE",
    "DEVICE",
    "EMAIL",
    "MOBILE",
    "NON_PEOPLE",
    "PARTNER",
    "PHONE",
    "B2B_ACCOUNT",
    "B2B_ACCOUNT_PERSON",
    "B2B_CAMPAIGN",
    "B2B_CAMPAIGN_MEMBER",
    "B2B_MARKETING_LIST",
    "B2B_MARKETING_LIST_MEMBER",
    "B2B_OPPORTUNITY",
    "B2B_OPPORTUNITY_PERSON",
)


@dataclass(frozen=True, slots=True)
class NamespaceInput:
    """What a person or program says about a namespace; `id_type` in any case."""

    name: str
    code: str
    id_type: str
    description: str = ""
