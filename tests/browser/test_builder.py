"""The segment builder as a marketer uses it: by mouse, by keyboard, without a script."""

import json
import re

from playwright.sync_api import Locator, Page, Route, expect

from core.launcher.testing import Product
from tests.browser.accessibility import assert_accessible
from tests.browser.pages import first_link
from tests.browser.shop import STREAM, purchase_message

AUDIENCES = "/s/prod/audiences/"
EVALUATED_MS = 30_000
# Women in France with more than 1,000 points who bought twice in 7 days but not today.
RULE = (
    'person.gender = "female" and homeAddress.countryCode = "FR" and _acmeco.points > 1000 and '
    'CHAIN(xEvent, timestamp, [C0: WHAT(eventType = "commerce.purchases") '
    "WHEN(<= 7 days before now) COUNT(2)]) and "
    'not CHAIN(xEvent, timestamp, [C0: WHAT(eventType = "commerce.purchases") WHEN(today)])'
)


def begin(page: Page) -> None:
    """Build rule, wherever the portal offers it."""
    page.goto(AUDIENCES)
    menu = page.locator("summary", has_text="Create audience")
    if menu.count():
        menu.click()
    page.get_by_role("button", name="Build rule").click()
    page.wait_for_url("**/audiences/build/**")


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{name}.*Add to rule"))


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name)


def fill(page: Page, box: Locator, value: str) -> None:
    """Type and leave the box, as people do."""
    box.fill(value)
    page.keyboard.press("Tab")


def expect_rule(page: Page, rule: str) -> None:
    """The code view says exactly this."""
    expect(page.locator("#pql")).to_have_text(rule, use_inner_text=False)


def test_a_rule_is_built_counted_and_published_and_its_members_followed(  # noqa: PLR0915 - a script
    page: Page, product: Product
) -> None:
    begin(page)
    tile(page, "Gender").click()
    fill(page, card(page, "Gender").get_by_label("Value", exact=True), "female")
    tile(page, "Country code").click()
    fill(page, card(page, "Country code").get_by_label("Value", exact=True), "FR")
    tile(page, "Points").click()
    card(page, "Points").get_by_label("Operator").select_option(label="is greater than")
    fill(page, card(page, "Points").get_by_label("Value", exact=True), "1000")
    page.get_by_role("link", name="Events", exact=True).click()
    for _ in range(2):
        tile(page, "Commerce purchases").click()
    first, second = (page.locator(".item-events").nth(number) for number in (0, 1))
    first.get_by_label("When").select_option(label="in last")
    expect(first.get_by_label("Number")).to_have_value("7")
    fill(page, first.get_by_label("Value", exact=True), "2")
    expect(page.locator("#pql")).to_contain_text("COUNT(2)", use_inner_text=False)
    second.get_by_label("include or exclude").select_option(label="Exclude")
    expect(page.locator("#pql")).to_contain_text("not CHAIN", use_inner_text=False)
    second.get_by_label("When").select_option(label="today")
    expect_rule(page, RULE)
    count = page.get_by_role("region", name="Qualified profiles")
    expect(count).to_contain_text("Exact")
    expect(count.get_by_role("listitem")).to_have_count(5)
    expect(count.locator(".count-big")).to_contain_text(re.compile(r"[1-9]\d* of 1,\d{3} profiles"))
    expect(
        page.get_by_text("looks back 7 days; streaming looks back at most 24 hours")
    ).to_be_visible()
    assert_accessible(page)
    name = "Frequent buyers in France"
    page.get_by_label("Name (required)").fill(name)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status").filter(has_text=name)).to_contain_text("published")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    audience = page.url
    page.goto(AUDIENCES)
    row = page.get_by_role("row", name=name)
    expect(row).to_contain_text("Published")
    expect(row).to_contain_text("Batch")
    assert_accessible(page)
    page.goto(audience)
    member = page.get_by_role("table", name="Some members").locator("tbody tr").first
    expect(member).to_be_visible(timeout=EVALUATED_MS)
    email = member.get_by_role("cell").nth(2).inner_text()
    member.get_by_role("link").click()
    profile = page.url
    expect(page.get_by_role("row", name=name)).to_contain_text("Realized")

    # They buy today, which the rule excludes.
    page.goto(first_link(page, "/s/prod/sources/", STREAM))
    message = purchase_message(product, email, key="bought-today", sku="SKU-TODAY")
    page.get_by_label("Record or whole message").fill(json.dumps(message))
    page.get_by_role("button", name="Send as is").click()
    page.locator("#verdict").get_by_role("link", name=re.compile("Follow record")).click()
    expect(page.get_by_text("Profile updated")).to_be_visible()
    page.goto(profile)
    page.get_by_role("button", name="Re-evaluate audiences").click()
    row = page.get_by_role("row", name=name)
    expect(row).to_contain_text("Exited")
    row.get_by_role("link", name=re.compile("^Why")).click()
    expect(page.get_by_role("heading", name=f"Why not in {name}?")).to_be_visible()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the control has the focus."""
    for _ in range(400):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def test_the_same_rule_is_built_with_the_keyboard_alone(  # noqa: PLR0915 - a script
    page: Page,
) -> None:
    page.goto(AUDIENCES)
    menu = page.locator("summary", has_text="Create audience")
    if menu.count():
        tab_to(page, menu)
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Build rule"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/audiences/build/**")
    for field, value in (("Gender", "female"), ("Country code", "FR"), ("Points", "1000")):
        tab_to(page, tile(page, field))
        page.keyboard.press("Enter")
        box = card(page, field).get_by_label("Value", exact=True)
        expect(box).to_be_visible()
        tab_to(page, box)
        page.keyboard.type(value)
        page.keyboard.press("Tab")
        expect(page.locator("#pql")).to_contain_text(value, use_inner_text=False)
    choose(page, card(page, "Points").get_by_label("Operator"), "is greater")
    expect(page.locator("#pql")).to_contain_text("_acmeco.points > 1000", use_inner_text=False)
    tab_to(page, page.get_by_role("link", name="Events", exact=True))
    page.keyboard.press("Enter")
    for number in (1, 2):
        tab_to(page, tile(page, "Commerce purchases"))
        page.keyboard.press("Enter")
        expect(page.locator(".item-events")).to_have_count(number)
    first, second = (page.locator(".item-events").nth(number) for number in (0, 1))
    choose(page, first.get_by_label("When"), "in last")
    expect(first.get_by_label("Number")).to_have_value("7")
    tab_to(page, first.get_by_label("Value", exact=True))
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    choose(page, second.get_by_label("include or exclude"), "Exclude")
    expect(page.locator("#pql")).to_contain_text("not CHAIN", use_inner_text=False)
    choose(page, second.get_by_label("When"), "today")
    expect_rule(page, RULE)
    expect(page.locator(".count-big")).to_contain_text("profiles")
    tab_to(page, page.get_by_label("Name (required)"))
    page.keyboard.type("By keyboard")
    tab_to(page, page.get_by_role("button", name="Publish"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By keyboard")


def choose(page: Page, select: Locator, option: str) -> None:
    """Choose an option by typing the beginning of it."""
    tab_to(page, select)
    page.keyboard.type(option)
    page.keyboard.press("Tab")


def submit(control: Locator) -> None:
    """Press a button or link, and wait for the page it leads to."""
    with control.page.expect_navigation():
        control.click()


def test_the_same_rule_is_built_without_a_script(plain: Page) -> None:
    begin(plain)
    for field, value in (("Gender", "female"), ("Country code", "FR")):
        submit(tile(plain, field))
        card(plain, field).get_by_label("Value", exact=True).fill(value)
        submit(plain.get_by_role("button", name=f"Apply to {field}"))
    submit(tile(plain, "Points"))
    card(plain, "Points").get_by_label("Operator").select_option(label="is greater than")
    card(plain, "Points").get_by_label("Value", exact=True).fill("1000")
    submit(plain.get_by_role("button", name="Apply to Points"))
    submit(plain.get_by_role("link", name="Events", exact=True))
    submit(tile(plain, "Commerce purchases"))
    submit(tile(plain, "Commerce purchases"))
    first, second = (plain.locator(".item-events").nth(number) for number in (0, 1))
    first.get_by_label("When").select_option(label="in last")
    first.get_by_label("Value", exact=True).fill("2")
    submit(first.get_by_role("button", name="Apply to Commerce purchases"))
    second.get_by_label("When").select_option(label="today")
    submit(second.get_by_role("button", name="Apply to Commerce purchases"))
    second.get_by_label("include or exclude").select_option(label="Exclude")
    submit(second.get_by_role("button", name="Apply", exact=True))
    expect_rule(plain, RULE)
    submit(plain.get_by_role("button", name="Count profiles"))
    shown = plain.get_by_role("region", name="Qualified profiles")
    for _ in range(50):
        if shown.get_by_text("Exact").count():
            break
        submit(plain.get_by_role("link", name="Show the count"))
    expect(shown).to_contain_text("of 1,")
    plain.get_by_label("Name (required)").fill("Without a script")
    submit(plain.get_by_role("button", name="Save as draft"))
    expect(plain.get_by_role("heading", level=1)).to_have_text("Without a script")
    plain.goto(AUDIENCES)
    expect(plain.get_by_role("row", name="Without a script")).to_contain_text("Draft")


def test_cards_are_dragged_onto_the_canvas_and_about(page: Page) -> None:
    begin(page)
    drag(page, tile(page, "Gender"), page.locator("#node-attributes [data-drop]").first)
    expect(card(page, "Gender")).to_be_visible()
    fill(page, card(page, "Gender").get_by_label("Value", exact=True), "female")
    tile(page, "City").click()
    fill(page, card(page, "City").get_by_label("Value", exact=True), "Paris")
    expect_rule(page, 'person.gender = "female" and homeAddress.city = "Paris"')
    page.get_by_role("button", name="Add container to Attributes").click()
    place = page.get_by_role("region", name="Container 1").locator("[data-drop]")
    drag(page, card(page, "Gender").locator(".grip"), place)
    expect_rule(page, 'homeAddress.city = "Paris" and person.gender = "female"')
    expect(page.get_by_role("region", name="Container 1")).to_contain_text("Gender")


def drag(page: Page, source: Locator, place: Locator) -> None:
    """Press, move as an unsteady hand does until the place lights up, let go."""
    source.hover()
    page.mouse.down()
    box = place.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for trembling in range(50):
        page.mouse.move(x + trembling % 3, y)
        if "over" in (place.get_attribute("class") or "").split():
            break
    page.mouse.up()


def test_what_is_typed_while_an_answer_is_late_is_kept(page: Page) -> None:
    begin(page)
    tile(page, "Gender").click()
    expect(card(page, "Gender")).to_be_visible()
    tile(page, "City").click()
    expect(card(page, "City")).to_be_visible()
    held: list[Route] = []
    page.route("**/do/", lambda route: held.append(route))  # noqa: PLW0108 - it takes no builtin
    fill(page, card(page, "Gender").get_by_label("Value", exact=True), "female")
    city = card(page, "City").get_by_label("Value", exact=True)
    city.focus()
    page.keyboard.type("Pa")
    held[0].continue_()
    page.unroute("**/do/")
    expect(page.locator("#pql")).to_contain_text("female", use_inner_text=False)
    expect(city).to_have_value("Pa")
    expect(city).to_be_focused()
    page.keyboard.type("ris")
    page.keyboard.press("Tab")
    expect_rule(page, 'person.gender = "female" and homeAddress.city = "Paris"')


def test_edits_arrive_in_the_order_they_were_made_and_before_the_audience_is_saved(
    page: Page,
) -> None:
    begin(page)
    page.get_by_label("Name (required)").fill("More than 1,000 points")
    tile(page, "Points").click()
    fill(page, card(page, "Points").get_by_label("Value", exact=True), "1000")
    operator = card(page, "Points").get_by_label("Operator")
    operator.select_option(label="is greater than")
    expect_rule(page, "_acmeco.points > 1000")
    sent: list[Route] = []

    def hold_the_first(route: Route) -> None:
        sent.append(route)
        if len(sent) > 1:
            route.continue_()

    page.route("**/do/", hold_the_first)
    operator.select_option(label="is less than")
    operator.select_option(label="is greater than")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_timeout(500)
    assert len(sent) == 1
    expect(page.get_by_role("heading", level=1)).to_have_text("New audience")
    sent[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("More than 1,000 points")
    expect(page.get_by_role("main")).to_contain_text("_acmeco.points > 1000")


def test_code_and_canvas_follow_each_other(page: Page) -> None:
    begin(page)
    page.get_by_role("link", name="Code", exact=True).click()
    code = page.get_by_label("PQL", exact=True)
    fill(page, code, "person.gendr = 1")
    expect(page.get_by_role("alert")).to_contain_text("Line 1, column 8")
    assert_accessible(page)
    fill(page, code, 'person.gender = "female" and _acmeco.points * 2 > 10')
    expect(page.get_by_text("Code only")).to_be_visible()
    expect(page.locator(".count-big")).to_be_visible()
    assert_accessible(page)
    fill(page, code, 'person.gender = "female" and _acmeco.points > 10')
    expect(page.get_by_text("Code only")).to_be_hidden()
    page.get_by_role("link", name="Canvas", exact=True).click()
    expect(card(page, "Points")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Code only")).to_be_visible()


def test_a_sequence_with_clocks_and_rules_is_built_and_edited_again(page: Page) -> None:
    begin(page)
    page.get_by_role("link", name="Events", exact=True).click()
    tile(page, "Web webpagedetails page views").click()
    event = page.locator(".item-events")
    event.get_by_label("Event that follows").select_option(label="Commerce purchases")
    event.get_by_role("button", name="Then").click()
    expect(event.get_by_role("listitem")).to_have_count(2)
    fill(page, event.get_by_label("Within", exact=True), "2")
    expect(page.locator("#pql")).to_contain_text("2 days after C0", use_inner_text=False)
    rules = event.locator(".step").nth(1)
    rules.get_by_label("Rules of Commerce purchases: field").select_option(
        value="commerce.order.priceTotal"
    )
    rules.get_by_role("button", name="Add rule").click()
    price = rules.get_by_role("article").get_by_label("Value", exact=True)
    fill(page, price, "100")
    expect_rule(
        page,
        'CHAIN(xEvent, timestamp, [C0: WHAT(eventType = "web.webpagedetails.pageViews"), '
        'C1: WHAT(eventType = "commerce.purchases" and commerce.order.priceTotal >= 100) '
        "WHEN(<= 2 days after C0)])",
    )
    assert_accessible(page)
    page.get_by_role("button", name="Move down event 1").click()
    expect(page.locator("#pql")).to_contain_text(
        'C0: WHAT(eventType = "commerce.purchases"', use_inner_text=False
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#pql")).to_contain_text('C0: WHAT(eventType = "web', use_inner_text=False)


def test_the_method_is_asked_for_and_the_portal_acts_on_rows(page: Page) -> None:
    page.goto(AUDIENCES)
    menu = page.locator("summary", has_text="Create audience")
    if menu.count():
        menu.click()
    page.get_by_role("button", name="Browsed, did not buy").click()
    page.get_by_label("Streaming").check()
    page.get_by_label("Name (required)").fill("Browsers")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="Edit audience").click()
    page.wait_for_url("**/audiences/build/**")
    page.locator(".item-events").first.get_by_label("Unit").select_option(label="days")
    expect(page.get_by_text("looks back 24 days").first).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    question = page.get_by_role("alert")
    expect(question).to_contain_text("cannot be evaluated as Streaming")
    assert_accessible(page)
    question.get_by_role("button", name="Save as Batch").click()
    expect(page.get_by_role("status").filter(has_text="Browsers")).to_contain_text("published")
    page.goto(f"{AUDIENCES}?q=browsers")
    page.get_by_role("button", name="Actions for Browsers").click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("row", name="Browsers")).to_contain_text("Inactive")
    page.get_by_role("button", name="Actions for Browsers").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_label("Type Browsers to confirm").fill("Browsers")
    page.get_by_role("button", name="Delete audience").click()
    expect(page.get_by_role("status").filter(has_text="Browsers")).to_contain_text("deleted")


def make(page: Page, name: str, code: str) -> None:
    """An audience from code, as a draft."""
    begin(page)
    page.get_by_role("link", name="Code", exact=True).click()
    fill(page, page.get_by_label("PQL", exact=True), code)
    expect(page.locator(".count-big")).to_contain_text("of 1,")
    page.get_by_label("Name (required)").fill(name)
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_an_audience_is_converted_to_rules_and_every_event_gets_a_time(page: Page) -> None:
    purchase = 'CHAIN(xEvent, timestamp, [C0: WHAT(eventType = "commerce.purchases"){}])'
    make(page, "Bought in France", f'homeAddress.countryCode = "FR" and {purchase.format("")}')
    begin(page)
    page.get_by_role("link", name="Events", exact=True).click()
    tile(page, "Commerce purchases").click()
    expect(page.locator(".item-events")).to_have_count(1)
    expect(page.locator(".area-clock")).to_have_count(0)
    page.get_by_role("link", name="Audiences", exact=True).last.click()
    tile(page, "Bought in France").click()
    audience = card(page, "Bought in France")
    audience.locator("summary").click()
    audience.get_by_role("button", name="Convert to rules").click()
    expect(page.get_by_role("region", name="Container 1")).to_contain_text("Country code")
    every = page.locator(".area-clock")
    every.get_by_label("When").select_option(label="in last")
    expect(every.get_by_label("Unit")).to_be_visible()
    timed = purchase.format(" WHEN(<= 7 days before now)")
    expect_rule(page, f'{timed} and (homeAddress.countryCode = "FR" and {timed})')
    assert_accessible(page)
    page.locator(".item-events").first.get_by_label("When").select_option(label="today")
    expect(every.get_by_label("When")).to_have_value("differs")
    for before in ("inLast", ""):
        page.get_by_role("button", name="Undo").click()
        expect(every.get_by_label("When")).to_have_value(before)
    page.get_by_role("button", name="Undo").click()
    expect(card(page, "Bought in France")).to_be_visible()


def test_a_field_shows_its_values(page: Page, plain: Page) -> None:
    begin(page)
    page.get_by_role("link", name="Values of Gender").click()
    dialog = page.get_by_role("dialog", name="Values of Gender")
    expect(dialog).to_contain_text("sampled profiles have a value")
    expect(dialog.get_by_text("female", exact=True)).to_be_visible()
    assert_accessible(page)
    dialog.locator(".dialog-foot").get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    begin(plain)
    plain.get_by_role("link", name="Values of Gender").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Values of Gender")
    plain.get_by_role("link", name="Back to the rule").click()
    expect(tile(plain, "Gender")).to_be_visible()


def test_several_audiences_are_published_and_deleted_at_once(page: Page, plain: Page) -> None:
    names = ("Several one", "Several two")
    for name in names:
        make(page, name, 'person.gender = "female"')
    page.goto(f"{AUDIENCES}?q=several")
    bar = page.locator(".selection-bar")
    for name in names:
        page.get_by_label(f"Select {name}").check()
    expect(bar).to_contain_text("2 selected")
    assert_accessible(page)
    bar.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog", name="Publish 2 audiences")
    assert_accessible(page)
    dialog.get_by_role("button", name="Publish 2 audiences").click()
    expect(page.get_by_role("status").filter(has_text="2 audiences published")).to_be_visible()
    plain.goto(f"{AUDIENCES}?q=several")
    for name in names:
        plain.get_by_label(f"Select {name}").check()
    plain.locator(".selection-bar").get_by_role("button", name="Publish").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Nothing to publish")
    expect(plain.get_by_text("It is published already.")).to_have_count(2)
    plain.goto(f"{AUDIENCES}bulk/delete/")
    plain.get_by_label("Type delete 2 to confirm").fill("delete 2")
    plain.get_by_role("button", name="Delete 2 audiences").click()
    expect(plain.get_by_text("2 audiences deleted.")).to_be_visible()
