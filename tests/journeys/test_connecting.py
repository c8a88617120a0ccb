"""From the PIM's “Connect” to a passport, over real sockets."""

from tests.stack import Stack


async def test_connecting_a_pim_makes_its_products_passports(stack: Stack) -> None:
    tenant = await stack.connect("skarrefell")

    answer = await stack.get("/t/skarrefell/p/SF-KULL-01")

    assert tenant.configs
    assert answer.status_code == 200, answer.text
    assert "<h1" in answer.text
