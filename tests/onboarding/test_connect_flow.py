from tests.stack import Stack


async def test_a(shop: Stack) -> None:
    await shop.connect("acme")


async def test_b(shop: Stack) -> None:
    await shop.register("acme")
