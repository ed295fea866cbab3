"""Graph Simulation: try linking rules on events somebody types. Nothing is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from console.graphs import GraphDrawing, Line, called, draw_graphs
from console.linking import (
    RuleEditor,
    RuleSet,
    editor_of,
    rules_in,
    stored_rules,
    trouble_with,
)
from console.pages import Tab, in_sandbox, render_page
from console.views.identities import workspace_tabs
from core.sandboxes.models import Sandbox
from ingestion.namespaces.queries import list_namespaces
from profiles.identity.ids import parse_xid
from profiles.identity.namespaces import PERSON_TYPES, NamespaceTable
from profiles.identity.queries import list_links, namespace_table, read_graphs
from profiles.identity.rules import rules_from_settings
from profiles.identity.simulate import (
    BadLine,
    SimulatedLink,
    Simulation,
    parse_events,
    simulate,
)
from profiles.identity.types import Identity


@dataclass(frozen=True, slots=True)
class Example:
    """Events that show what a rule is for; `{crm}` is the sandbox's own customer number."""

    key: str
    label: str
    events: str
    unique: tuple[str, ...]


EXAMPLES = (
    Example(
        "shared-device",
        "Shared device",
        "{crm}:tom, ECID:tablet\n{crm}:sue, ECID:tablet",
        ("{crm}",),
    ),
    Example(
        "invalid-phone",
        "Invalid phone",
        "{crm}:tom, Phone:+1-111-111-1111\n{crm}:sue, Phone:+1-111-111-1111\n"
        "{crm}:tom, ECID:laptop",
        ("{crm}",),
    ),
    Example(
        "bad-values",
        "“Bad” identity values",
        "{crm}:tom, ECID:laptop\n{crm}:sue, ECID:phone\n"
        "{crm}:undefined, ECID:laptop\n{crm}:undefined, ECID:phone",
        ("{crm}",),
    ),
)


@dataclass(frozen=True, slots=True)
class SimulatedRow:
    """A link of the outcome, in words."""

    key: str
    number: int
    a: str
    b: str
    made_by: int
    removed_by: int | None
    why: str


@dataclass(frozen=True, slots=True)
class GraphSummary:
    """One graph of the outcome."""

    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the events come to."""

    drawing: GraphDrawing
    rows: tuple[SimulatedRow, ...]
    graphs: tuple[GraphSummary, ...]
    alone: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimulationPage:
    """Events, algorithm configuration and the outcome."""

    tabs: tuple[Tab, ...]
    events: str
    bad: tuple[BadLine, ...]
    editor: RuleEditor
    trouble: str
    examples: tuple[Example, ...]
    outcome: Outcome | None


@require_GET
@in_sandbox
def simulation(request: HttpRequest, sandbox: Sandbox) -> HttpResponse:
    """All state is in the address, so a simulation can be shared."""
    table = namespace_table(sandbox=sandbox)
    rules = rules_in(request.GET) or stored_rules(sandbox)
    text = request.GET.get("events", "")
    example = next((one for one in EXAMPLES if one.key == request.GET.get("example")), None)
    if example is not None:
        text, rules = _fill(example, sandbox)
    elif "from" in request.GET:
        text = _events_of(sandbox, request.GET["from"], table)
    events, bad = parse_events(text, table)
    trouble = trouble_with(rules, sandbox)
    outcome = None
    if events and not trouble:
        linking = rules_from_settings(rules.rows(), table)
        outcome = _outcome(simulate(events, rules=linking), table)
    page = SimulationPage(
        tabs=workspace_tabs(sandbox, "identity-simulation"),
        events=text,
        bad=tuple(bad),
        editor=editor_of(rules, sandbox),
        trouble=trouble,
        examples=EXAMPLES,
        outcome=outcome,
    )
    return render_page(
        request,
        "console/identities/simulation.html",
        page,
        sandbox=sandbox,
        section="identities",
        title="Graph Simulation",
    )


def _fill(example: Example, sandbox: Sandbox) -> tuple[str, RuleSet]:
    """The example in the words of this sandbox: its own customer number, if it has one."""
    crm = next(
        (
            one.code
            for one in list_namespaces(organization=sandbox.organization)
            if one.custom and one.id_type == "CROSS_DEVICE"
        ),
        "b2b_person",
    )
    order = (crm, *(code for code in ("Email", "Phone", "ECID") if code != crm))
    unique = frozenset(code.format(crm=crm) for code in example.unique)
    return example.events.format(crm=crm), RuleSet(order, unique)


def _events_of(sandbox: Sandbox, text: str, table: NamespaceTable) -> str:
    """The links of a stored graph as events, the oldest first; empty for an unknown identity."""
    name = parse_xid(text)
    view = read_graphs(sandbox=sandbox, names=[name], most=None).get(name) if name else None
    if view is None:
        return ""
    links = list_links(sandbox=sandbox, identities=view.members)
    return "\n".join(
        f"{_written(link.a, table)}, {_written(link.b, table)}" for link in links[:100]
    )


def _written(identity: Identity, table: NamespaceTable) -> str:
    namespace = table.by_id.get(identity.namespace)
    return f"{namespace.code if namespace else identity.namespace}:{identity.value}"


def _outcome(result: Simulation, table: NamespaceTable) -> Outcome:
    known = {identity.id: identity for identity in result.identities}
    rows = tuple(_row(link, known, table) for link in result.links)
    lines = [
        Line(
            row.key,
            link.a.id,
            link.b.id,
            f"Link {row.number}, {row.a} to {row.b}" + (", removed" if row.removed_by else ""),
            number=str(row.number),
            removed=row.removed_by is not None,
        )
        for link, row in zip(result.links, rows, strict=True)
    ]
    graphs = sorted(result.graphs, key=lambda ids: (-len(ids), min(ids)))
    named = [_names(group, known, table) for group in graphs]
    return Outcome(
        drawing=draw_graphs(result.identities, lines, table),
        rows=rows,
        graphs=tuple(GraphSummary(names) for names in named if len(names) > 1),
        alone=tuple(sorted(names[0] for names in named if len(names) == 1)),
        refused=tuple(
            f"Event {number} is refused: it names two values of {_code(namespace, table)}, "
            "which is unique."
            for number, namespace in result.refused.items()
        ),
    )


def _names(
    group: frozenset[bytes], known: Mapping[bytes, Identity], table: NamespaceTable
) -> tuple[str, ...]:
    members: Sequence[Identity] = [known[one] for one in group if one in known]
    return tuple(called(one, table) for one in sorted(members, key=lambda m: _order(m, table)))


def _order(identity: Identity, table: NamespaceTable) -> tuple[bool, int, str]:
    namespace = table.by_id.get(identity.namespace)
    person = namespace is not None and namespace.id_type in PERSON_TYPES
    return not person, identity.namespace, identity.value


def _code(number: int, table: NamespaceTable) -> str:
    namespace = table.by_id.get(number)
    return namespace.code if namespace else str(number)


def _row(
    link: SimulatedLink, known: Mapping[bytes, Identity], table: NamespaceTable
) -> SimulatedRow:
    return SimulatedRow(
        key=f"link-{link.number}",
        number=link.number,
        a=called(link.a, table),
        b=called(link.b, table),
        made_by=link.made_by,
        removed_by=link.removed_by,
        why=_why(link, known, table),
    )


def _why(link: SimulatedLink, known: Mapping[bytes, Identity], table: NamespaceTable) -> str:
    reason = link.reason
    if reason is None:
        return f"Made by event {link.made_by}; it stands."
    code = _code(reason.namespace, table)
    if reason.rule != "unique" or reason.rival is None:
        return f"Event {link.removed_by} filled the graph; the weakest identity left it."
    mine, other = known[reason.identity].value, known[reason.rival].value
    return (
        f"Event {link.removed_by} would have put {code} {mine} and {code} {other} in one graph, "
        f"and {code} is unique. This link was weaker than those kept: the newest event's links "
        "come first, then those of higher priority, then the most recent."
    )
