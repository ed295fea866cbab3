"""The standard identity namespaces every organization starts with.

The numbers 0, 4, 6, 7, 10 and 411 are the public ones; the others are ours. A number is part
of every XID, so it must never change once released.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StandardNamespace:
    """A namespace nobody can change or delete (`custom: false`)."""

    id: int
    code: str
    name: str
    id_type: str
    description: str = ""


# Numbers of custom namespaces start here.
FIRST_CUSTOM_ID = 10_000_000

STANDARD_NAMESPACES: tuple[StandardNamespace, ...] = (
    StandardNamespace(0, "CORE", "CORE", "COOKIE", "Third-party cookie of the web SDK"),
    StandardNamespace(4, "ECID", "ECID", "COOKIE", "Experience Cloud id, 38 digits"),
    StandardNamespace(6, "Email", "Email", "EMAIL", "E-mail address as typed"),
    StandardNamespace(7, "Phone", "Phone", "PHONE", "Phone number as typed"),
    StandardNamespace(8, "WAID", "Windows AID", "DEVICE", "Windows advertising id"),
    StandardNamespace(9, "TNTID", "TNTID", "COOKIE", "Target id"),
    StandardNamespace(10, "AAID", "Analytics ID", "COOKIE", "Analytics visitor id"),
    StandardNamespace(
        11, "Email_LC_SHA256", "Emails (SHA256, lowercased)", "EMAIL", "Lower-cased, then SHA-256"
    ),
    StandardNamespace(12, "Phone_E.164", "Phone (E.164)", "PHONE", "Phone number, E.164"),
    StandardNamespace(13, "Phone_SHA256", "Phone (SHA256)", "PHONE", "SHA-256 of the number"),
    StandardNamespace(
        14, "Phone_SHA256_E.164", "Phone (SHA256_E.164)", "PHONE", "SHA-256 of the E.164 number"
    ),
    StandardNamespace(411, "AdCloud", "AdCloud", "COOKIE", "Advertising Cloud id"),
    StandardNamespace(20914, "GAID", "Google Ad ID (GAID)", "DEVICE", "Android advertising id"),
    StandardNamespace(20915, "IDFA", "Apple IDFA (ID for Advertisers)", "DEVICE"),
    StandardNamespace(20916, "APNS", "APNS", "DEVICE", "Push token, Apple"),
    StandardNamespace(20917, "FCM", "FCM", "DEVICE", "Push token, Firebase"),
    StandardNamespace(20918, "gclid", "Google Click ID", "COOKIE"),
    StandardNamespace(20919, "AVID", "Analytics visitor id (AVID)", "COOKIE"),
    StandardNamespace(20930, "b2b_person", "B2B person", "CROSS_DEVICE"),
    StandardNamespace(20931, "b2b_account", "B2B account", "B2B_ACCOUNT"),
    StandardNamespace(
        20932, "b2b_account_person_relation", "B2B account person relation", "B2B_ACCOUNT_PERSON"
    ),
    StandardNamespace(20933, "b2b_opportunity", "B2B opportunity", "B2B_OPPORTUNITY"),
    StandardNamespace(
        20934,
        "b2b_opportunity_person_relation",
        "B2B opportunity person relation",
        "B2B_OPPORTUNITY_PERSON",
    ),
    StandardNamespace(20935, "b2b_campaign", "B2B campaign", "B2B_CAMPAIGN"),
    StandardNamespace(20936, "b2b_campaign_member", "B2B campaign member", "B2B_CAMPAIGN_MEMBER"),
    StandardNamespace(20937, "b2b_marketing_list", "B2B marketing list", "B2B_MARKETING_LIST"),
    StandardNamespace(
        20938,
        "b2b_marketing_list_member",
        "B2B marketing list member",
        "B2B_MARKETING_LIST_MEMBER",
    ),
)
