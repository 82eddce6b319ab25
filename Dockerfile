# syntax=docker/dockerfile:1
# `make image-digests` adds the digest behind each tag: run it before a release is built.
# Two stages: packages are built in the first; the second runs as a user without rights.
FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements/run.txt requirements/run.txt
RUN /venv/bin/pip install --require-hashes -r requirements/run.txt
COPY requirements/build.txt requirements/build.txt
RUN /venv/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md ./
COPY scanner_app scanner_app
COPY hardware hardware
RUN /venv/bin/pip install --no-deps --no-build-isolation -e .

FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libzbar0 fonts-droid-fallback \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home scanner
WORKDIR /app
COPY --from=build /venv /venv
COPY pyproject.toml README.md LICENSE ./
COPY scanner_app scanner_app
COPY hardware hardware
COPY migrations migrations
COPY templates templates
COPY translations translations
COPY static static
# Help is these texts.
COPY docs docs
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 SCANNER_INSTANCE_DIR=/data
USER scanner
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
# Plain HTTP inside the container: the reverse proxy in front speaks TLS (compose.yaml).
CMD ["scanner-app", "serve", "--http", "--host", "0.0.0.0", "--port", "8000"]
