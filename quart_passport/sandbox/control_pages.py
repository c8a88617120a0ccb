"""The pages on which people watch and break the PIM. Plain HTML, no script."""

from typing import Any

from quart import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from quart_passport.sandbox.control_forms import FormProblem, read_fault, read_switch_form
from quart_passport.sandbox.control_view import (
    client_lines,
    delivery_lines,
    fault_choices,
    fault_lines,
    route_lines,
    token_lines,
)
from quart_passport.sandbox.errors import AppRefused
from quart_passport.sandbox.form_guard import refuse_other_sites
from quart_passport.sandbox.pim import current_pim
from quart_passport.sandbox.scopes import AUTHORIZATION
from quart_passport.sandbox.switches import read_switches, set_switches

control_pages = Blueprint("control_pages", __name__, url_prefix="/_sandbox")


@control_pages.before_request
async def check_caller() -> None:
    if request.method != "GET":
        refuse_other_sites()


@control_pages.get("/")
async def show_control() -> str:
    return await _control_page()


async def _control_page(
    fault: MultiDict[str, str] | None = None,
    switches: MultiDict[str, str] | None = None,
    problem: str | None = None,
) -> str:
    """The page; `fault` or `switches` is a refused form, shown as it was filled in."""
    pim = current_pim()
    return await render_template(
        "sandbox/control.html",
        edition=pim.edition,
        total=pim.traffic.total,
        routes=route_lines(pim.traffic.total),
        tokens=token_lines(pim),
        clients=client_lines(pim),
        faults=fault_lines(pim.traffic.faults),
        choices=fault_choices(),
        typed=fault or {"kind": "server_error", "times": "1"},
        fault_problem=problem if fault is not None else None,
        switches=read_switches(pim),
        typed_switches=switches or {},
        switch_problem=problem if switches is not None else None,
        deliveries=delivery_lines(pim.courier.deliveries),
    )


@control_pages.post("/forms/calls")
async def reset_calls() -> AnyResponse:
    current_pim().traffic.reset()
    return _back("calls")


@control_pages.post("/forms/faults")
async def add_fault() -> AnyResponse | Response:
    form = await request.form
    try:
        fault = read_fault(form)
    except FormProblem as problem:
        return Response(await _control_page(fault=form, problem=str(problem)), status=422)
    current_pim().traffic.faults.add(fault)
    return _back("faults")


@control_pages.post("/forms/faults/clear")
async def clear_faults() -> AnyResponse:
    current_pim().traffic.faults.clear()
    return _back("faults")


@control_pages.post("/forms/faults/<name>/remove")
async def remove_fault(name: str) -> AnyResponse:
    current_pim().traffic.faults.remove(name)
    return _back("faults")


@control_pages.post("/forms/switches")
async def change_switches() -> AnyResponse | Response:
    form = await request.form
    try:
        wanted = read_switch_form(form)
    except FormProblem as problem:
        return Response(await _control_page(switches=form, problem=str(problem)), status=422)
    set_switches(current_pim(), wanted)
    return _back("switches")


@control_pages.post("/forms/deliveries")
async def forget_deliveries() -> AnyResponse:
    current_pim().courier.deliveries.clear()
    return _back("deliveries")


def _back(section: str) -> AnyResponse:
    return redirect(url_for("control_pages.show_control", _anchor=section), 303)


async def connections_page(problem: str | None = None, **more: Any) -> str:
    """The list of connections, with the form for another one."""
    connections = current_pim().connections.all()
    return await render_template(
        "sandbox/connections.html", connections=connections, problem=problem, **more
    )


@control_pages.post("/forms/connections")
async def create_connection() -> str | Response:
    label = (await request.form).get("label", "")
    try:
        made = current_pim().connections.create(label, AUTHORIZATION)
    except AppRefused as error:
        return Response(await connections_page(str(error), label=label), status=422)
    return await render_template("sandbox/connection_made.html", connection=made)


@control_pages.post("/forms/connections/<client_id>/remove")
async def remove_connection(client_id: str) -> AnyResponse:
    current_pim().connections.remove(client_id)
    return redirect(url_for("control.list_connections"), 303)
