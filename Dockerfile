# Two images: `api` (no torch) and `trainer` (the worker and the predictor).
#   docker build --target api -t trainshed-api .
#   docker build --target trainer -t trainshed-trainer .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# What both images run on: a user that owns /data and nothing else, and Fashion-MNIST, so that the first job needs no
# download, and the API knows that it does not.
# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS base
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends dataset-fashion-mnist \
    && apt-get clean && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --home-dir /data trainshed \
    && install -d -m 0700 -o trainshed -g trainshed /data
ENV PATH=/packages/bin:$PATH \
    PYTHONPATH=/trainshed \
    PYTHONUNBUFFERED=1 \
    TRAINSHED_HOME=/data \
    TRAINSHED_PORT=8000

# Builds, and stays behind. The pinned uv is taken from the lock, hashes included.
# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS builder
WORKDIR /build
ENV UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1 UV_LINK_MODE=copy
COPY locks locks
RUN python -m venv /uv && python -m venv --without-pip /packages \
    && awk '/^uv==/ { on = 1 } on { print } on && !/\\$/ { exit }' locks/dev.txt >uv.txt \
    && /uv/bin/pip install --no-cache-dir --require-hashes -r uv.txt

FROM builder AS api-packages
RUN /uv/bin/uv pip install --python /packages --require-hashes -r locks/api.txt

FROM builder AS trainer-packages
RUN /uv/bin/uv pip install --python /packages --require-hashes -r locks/train.txt

# The rooms apart from the packages: a change to them leaves the large layers alone.
FROM builder AS rooms
COPY . .
RUN /uv/bin/uv pip install --python /packages --target /trainshed --no-deps --build-constraints locks/dev.txt .

FROM base AS api
COPY --from=api-packages /packages /packages
COPY --from=rooms /trainshed /trainshed
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=3); c.request('GET', '/healthz'); exit(c.getresponse().status != 200)"]
CMD ["python", "-m", "app"]

FROM base AS trainer
COPY --from=trainer-packages /packages /packages
COPY --from=rooms /trainshed /trainshed
# model/launch.py says why; here for the predictor, which starts by itself.
ENV GOMP_SPINCOUNT=1000
USER 10001
CMD ["celery", "-A", "worker.main", "worker", "--without-gossip", "--without-mingle", "--without-heartbeat"]
