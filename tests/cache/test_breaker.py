from quart_passport.cache.breaker import Breaker


def test_it_opens_after_three_failures_in_a_row() -> None:
    breaker = Breaker(clock=lambda: 0.0)
    admitted = []

    for _ in range(4):
        admitted.append(breaker.admits())
        breaker.failed()

    assert admitted == [True, True, True, False]


def test_a_success_between_keeps_it_closed() -> None:
    breaker = Breaker(clock=lambda: 0.0)

    for _ in range(10):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()

    assert breaker.admits()


def test_after_the_pause_one_may_try_and_success_closes_it() -> None:
    now = 0.0
    breaker = Breaker(clock=lambda: now)
    for _ in range(3):
        breaker.failed()

    now = 5.0
    tries = [breaker.admits(), breaker.admits()]
    breaker.succeeded()

    assert tries == [True, False]
    assert breaker.admits()
