"""The configuration a read needs, remembered for a second: a look-up is one query, not four."""

from collections.abc import Iterable, Mapping
from threading import Lock

from core import clock, notify
from core.errors import Invalid, NotFound
from core.sandboxes.models import Sandbox
from ingestion.catalog.models import Dataset
from ingestion.namespaces.models import IdentityNamespace
from profiles.identity.ids import namespace_of, parse_xid
from profiles.identity.namespaces import Namespace, NamespaceTable
from profiles.segmentation.queries import ShownList, shown_audiences, shown_lists
from profiles.store.merge import Policy
from profiles.store.models import MergePolicy
from profiles.store.policies import policy_of
from profiles.store.queries import pick_cached_policy
from profiles.store.types import PROFILE_SCHEMA

_KNOWN_FOR_MS = 1000


class Directory:
    """Namespaces, merge policies and dataset names of one sandbox at one moment."""

    __slots__ = (
        "_audiences",
        "_datasets",
        "_defaults",
        "_lists",
        "_merging",
        "_policies",
        "cached_policy_id",
        "change",
        "namespaces",
        "read_at",
        "sandbox",
    )

    def __init__(self, sandbox: Sandbox) -> None:
        self.change = notify.last_change()
        self.read_at = clock.now_ms()
        self.sandbox = sandbox
        rows = IdentityNamespace.objects.filter(organization_id=sandbox.organization_id)
        self.namespaces = NamespaceTable(
            Namespace(code, number, id_type)
            for code, number, id_type in rows.values_list("code", "id", "id_type")
        )
        policies = list(MergePolicy.objects.filter(sandbox=sandbox))
        self._policies = {str(policy.id): policy for policy in policies}
        self._defaults = {policy.schema_name: policy for policy in policies if policy.is_default}
        cached = pick_cached_policy(policies)
        self.cached_policy_id = str(cached.id) if cached else None
        self._datasets: dict[int, tuple[str, str]] = {}
        self._merging: dict[str, Policy] = {}
        self._audiences: Mapping[int, str] | None = None
        self._lists: Mapping[int, ShownList] | None = None

    def policy(self, policy_id: str | None, *, schema_name: str = PROFILE_SCHEMA) -> MergePolicy:
        """The policy asked for, else the default of the class; 422 when there is none."""
        if policy_id:
            found = self._policies.get(policy_id.lower())
            if found is None:
                msg = f"The merge policy {policy_id} is not found."
                raise NotFound(msg, mergePolicyId=policy_id)
            return found
        default = self._defaults.get(schema_name)
        if default is None:
            msg = f"No merge policy is configured for the schema class {schema_name}."
            raise Invalid(msg, code="no_merge_policy", status=422, schema=schema_name)
        return default

    def merging(self, policy: MergePolicy) -> Policy:
        """The policy as merging needs it, by dataset numbers."""
        key = str(policy.id)
        if key not in self._merging:
            self._merging[key] = policy_of(policy)
        return self._merging[key]

    def allowed_datasets(self, policy: MergePolicy) -> list[int] | None:
        """Numbers of the only datasets a policy looks at; None: all."""
        if policy.attribute_merge != MergePolicy.AttributeMerge.DATASETS:
            return None
        return list(self.merging(policy).order)

    def namespace(self, code: str) -> Namespace:
        """The namespace a caller means; Invalid when there is none."""
        found = self.namespaces.find(code)
        if found is None:
            msg = f"The identity namespace {code} does not exist."
            raise Invalid(msg, code="unknown_namespace", namespace=code)
        return found

    def code_of(self, number: int) -> str:
        """Code of a namespace number; the number itself when it is gone."""
        found = self.namespaces.by_id.get(number)
        return found.code if found else str(number)

    def parse_xid(self, text: str) -> bytes:
        """An XID of this organization; NotFound when the text is none."""
        name = parse_xid(text)
        if name is None or namespace_of(name) not in self.namespaces.by_id:
            msg = f"The entity {text} is not found: it is no XID, and no namespace is given."
            raise NotFound(msg, entityId=text)
        return name

    def dataset_ids(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Public ids of datasets, in the order given; unknown numbers are left out."""
        known = self._named(numbers)
        return tuple(known[number][0] for number in numbers if number in known)

    def datasets(self, numbers: Iterable[int]) -> Mapping[int, tuple[str, str]]:
        """Id and name of each dataset."""
        return self._named(numbers)

    def dataset_numbers(self, ids: Iterable[str]) -> dict[str, int]:
        """Number of each dataset id that exists in this sandbox."""
        rows = Dataset.objects.filter(sandbox=self.sandbox, id__in=list(ids))
        return dict(rows.values_list("id", "number"))

    @property
    def audiences(self) -> Mapping[int, str]:
        """Id of each audience whose members are shown, by number."""
        if self._audiences is None:
            self._audiences = shown_audiences(self.sandbox)
        return self._audiences

    @property
    def lists(self) -> Mapping[int, ShownList]:
        """Audiences whose members come from elsewhere, by number."""
        if self._lists is None:
            self._lists = {one.number: one for one in shown_lists(self.sandbox)}
        return self._lists

    def _named(self, numbers: Iterable[int]) -> Mapping[int, tuple[str, str]]:
        missing = [number for number in numbers if number not in self._datasets]
        if missing:
            rows = Dataset.objects.filter(sandbox=self.sandbox, number__in=missing)
            found = {
                number: (pk, name) for number, pk, name in rows.values_list("number", "id", "name")
            }
            self._datasets = {**self._datasets, **found}
        return self._datasets


_known: dict[int, Directory] = {}
_lock = Lock()


def directory_of(sandbox: Sandbox) -> Directory:
    """The sandbox's directory, at most a second old and newer than this process's own changes."""
    found = _known.get(sandbox.number)
    if (
        found is not None
        and found.change == notify.last_change()
        and clock.now_ms() - found.read_at < _KNOWN_FOR_MS
    ):
        return found
    fresh = Directory(sandbox)
    with _lock:
        _known[sandbox.number] = fresh
    return fresh


def forget() -> None:
    """Drop everything remembered."""
    with _lock:
        _known.clear()
