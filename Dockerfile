# Built in one stage, run in another: what builds is not there where it runs.
FROM python:3.11-slim AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /build

# What changes seldom comes first, so that it is taken from the cache.
COPY requirements/build.txt requirements/runtime.txt requirements/
RUN python -m pip install --quiet --require-hashes -r requirements/build.txt
RUN python -m venv --without-pip /opt/quart-passport
RUN python -m pip --python /opt/quart-passport/bin/python install --quiet --require-hashes -r requirements/runtime.txt

COPY pyproject.toml README.md LICENSE ./
COPY quart_passport quart_passport
COPY plugins plugins
RUN python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
RUN python -m pip --python /opt/quart-passport/bin/python install --quiet --no-deps dist/*.whl


FROM python:3.11-slim

ENV PATH=/opt/quart-passport/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PASSPORT_BIND=0.0.0.0:8000 \
    PASSPORT_DATA_DIR=/var/lib/quart-passport \
    PASSPORT_TENANTS_DIR=/var/lib/quart-passport/tenants

# The number is fixed, so that a volume keeps its owner from one image to the next.
RUN useradd --uid 10001 --no-create-home --user-group --home-dir /var/lib/quart-passport --shell /usr/sbin/nologin passport \
    && install --directory --owner passport --group passport --mode 0700 /var/lib/quart-passport
RUN /usr/local/bin/python -m pip uninstall --quiet --yes --root-user-action ignore pip setuptools wheel
COPY --from=builder /opt/quart-passport /opt/quart-passport

USER passport
WORKDIR /var/lib/quart-passport
VOLUME /var/lib/quart-passport
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['PASSPORT_BIND'].rpartition(':')[2] + '/healthz', timeout=4)"]
ENTRYPOINT ["quart-passport"]
CMD ["serve"]
